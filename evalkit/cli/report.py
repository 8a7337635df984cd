"""``evalkit report RUN…``: write the report of runs again, as HTML or as Markdown."""

from __future__ import annotations

import argparse
from pathlib import Path

from evalkit.cli.printing import print_json, print_lines, print_notes, say
from evalkit.errors import UsageError
from evalkit.session.stored.run_names import RUN_HELP, find_run
from evalkit.session.stored.source import StoredSource

HELP = "write the report of one or more runs, as HTML or Markdown"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", metavar="RUN", nargs="+", help=RUN_HELP)
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path("reports"),
        metavar="PATH",
        help="output folder (default reports)",
    )
    parser.add_argument(
        "--markdown",
        type=Path,
        metavar="PATH",
        help="write one run as a comment for a pull request instead; - for stdout",
    )


def run(arguments: argparse.Namespace) -> int:
    from evalkit.report.index import write_index
    from evalkit.report.write import report_name, write_report
    from evalkit.store.store import Store

    if arguments.markdown is not None:
        return _markdown(arguments)
    with Store.open(arguments.store) as store:
        run_ids = dict.fromkeys(find_run(store, name).run_id for name in arguments.runs)
        written = {
            run_id: str(write_report(StoredSource(store), run_id, arguments.folder / report_name(run_id)))
            for run_id in run_ids
        }
        print_notes(store.notes)
    index = str(write_index(arguments.folder))
    if arguments.json:
        print_json({"reports": written, "index": index})
    else:
        say("\n".join([*written.values(), index]))
    return 0


def _markdown(arguments: argparse.Namespace) -> int:
    from evalkit.report.collect import collect
    from evalkit.report.comment import comment_text, write_comment
    from evalkit.report.write import report_name
    from evalkit.store.store import Store

    if len(arguments.runs) != 1:
        raise UsageError("--markdown writes one run", hint="name one RUN, or use evalkit compare for two")
    with Store.open(arguments.store) as store:
        run_id = find_run(store, arguments.runs[0]).run_id
        data = collect(StoredSource(store), run_id)
        report, path = arguments.folder / report_name(run_id), arguments.markdown
        is_printed = str(path) == "-"
        if is_printed:
            print_lines([comment_text(data, report)])
        else:
            write_comment(data, path, report)
        print_notes(store.notes)
    if is_printed:
        return 0
    if arguments.json:
        print_json({"run_id": run_id, "markdown": str(path)})
    else:
        say(path)
    return 0

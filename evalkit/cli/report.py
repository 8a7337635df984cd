"""``evalkit report RUN…``: write the HTML report of runs again."""

from __future__ import annotations

import argparse
from pathlib import Path

from evalkit.cli.printing import print_json, print_notes
from evalkit.cli.run_names import RUN_HELP, find_run

HELP = "write the HTML report of one or more runs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", metavar="RUN", nargs="+", help=RUN_HELP)
    parser.add_argument(
        "--folder", type=Path, default=Path("reports"), metavar="PATH", help="where (default reports)"
    )


def run(arguments: argparse.Namespace) -> int:
    from evalkit.report.index import write_index
    from evalkit.report.write import write_report
    from evalkit.store.store import Store

    with Store.open(arguments.store) as store:
        run_ids = dict.fromkeys(find_run(store, name).run_id for name in arguments.runs)
        written = {
            run_id: str(write_report(store, run_id, arguments.folder / f"{run_id}.html"))
            for run_id in run_ids
        }
        print_notes(store.notes)
    index = str(write_index(arguments.folder))
    if arguments.json:
        print_json({"reports": written, "index": index})
    else:
        print("\n".join([*written.values(), index]))
    return 0

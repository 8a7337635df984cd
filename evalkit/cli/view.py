"""``evalkit view``: the store in the browser, or as a folder of pages."""

from __future__ import annotations

import argparse
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.cli.counts import count
from evalkit.cli.printing import print_json, print_notes, say
from evalkit.core.text import plural
from evalkit.errors import UsageError
from evalkit.redaction.redact import redact

if TYPE_CHECKING:
    from evalkit.view.shelf import Shelf

HELP = "view the store in the browser: runs, reports, comparisons, drift; or export it as a folder of pages"

#: ``--store`` may be given again for each further store.
HAS_MANY_STORES = True
#: Who looks: there is one link, for whoever started the command.
_VISITOR = "viewer"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, help="port to serve at (default: the same for the same store)")
    parser.add_argument("--no-browser", action="store_true", help="print the link without opening a browser")
    parser.add_argument("--export", type=Path, metavar="DIR", help="write the pages to this folder and exit")
    parser.add_argument(
        "--reports", type=count, default=50, metavar="N",
        help="with --export: reports of the latest N runs; all runs are listed (default 50)",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Serves until Ctrl-C, status 0 then; with ``--export`` ends when all is written."""
    from evalkit.view.shelf import Shelf

    shelf = Shelf(arguments.store if isinstance(arguments.store, list) else [arguments.store])
    for name in shelf.paths:
        with shelf.open(name):  # what cannot be read is told here, not in the browser
            pass
    if arguments.export is not None:
        return _export(arguments, shelf)
    from evalkit.web.serving import require_server

    require_server("view")
    _serve(arguments, shelf)
    return 0


def _export(arguments: argparse.Namespace, shelf: Shelf) -> int:
    from evalkit.view.export import export

    if len(shelf.paths) > 1:
        raise UsageError("--export writes one store", hint="give each store a folder of its own")
    with shelf.open(shelf.first) as store:
        written = export(store, arguments.export, arguments.reports)
    if arguments.json:
        print_json({
            "index": str(written.index), "n_runs": written.n_runs, "n_reports": written.n_reports,
            "n_comparisons": written.n_comparisons, "n_prompts": written.n_prompts,
        })  # fmt: skip
        return 0
    if written.n_without:
        more = f"--reports={written.n_runs} writes all"
        print_notes([f"{plural(written.n_without, 'run')} listed without a report: {more}"])
    say(written.index)
    return 0


def _serve(arguments: argparse.Namespace, shelf: Shelf) -> None:
    from evalkit.view.site import site_of
    from evalkit.web.application import application_of
    from evalkit.web.hosts import listen, listen_at_own_port, names_of, url_of
    from evalkit.web.serving import serve
    from evalkit.web.visitors import Visitors

    host = "127.0.0.1"
    visitors = Visitors([_VISITOR])
    named = " ".join(map(str, shelf.paths.values()))
    found = listen_at_own_port(host, named) if arguments.port is None else listen(host, arguments.port)
    with found as opened:
        url = url_of(opened, host)
        site = site_of(
            shelf, visitors, names_of(host), opened.getsockname()[1], lambda text: print_notes([redact(text)])
        )
        link = f"{url}/?token={visitors.tokens()[_VISITOR]}"
        if arguments.json:
            print_json({"link": link, "stores": {name: str(path) for name, path in shelf.paths.items()}})
        else:
            say(
                *shelf.paths.values(),
                link,
                "the link is your key; Ctrl-C ends the server; nothing is changed",
            )
        sys.stdout.flush()  # whoever started this waits for the link
        if not arguments.no_browser:
            # What stands on a command line others on this machine can read: this token works once.
            webbrowser.open(f"{url}/?token={visitors.ticket(_VISITOR)}")
        serve(application_of(site), opened)

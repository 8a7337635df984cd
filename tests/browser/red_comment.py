"""From nothing but a failing comment to the cause, in three clicks: ``make walk-pictures``.

    python -m tests.browser.red_comment --work DIR --out docs/images

The comment and the report are of LLMDrift's primes: GPT-4 of March 2023 against that of June. The comment is
shown as a host shows Markdown, the report is served beside it, and Chromium clicks as a reader would. At each
step the page has to say what the walk claims; then its picture is taken. Status 1 where it does not.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from playwright.sync_api import sync_playwright

from evalkit.report.collect import collect
from evalkit.report.markdown import markdown
from evalkit.report.place import place_of
from evalkit.report.write import write_data
from evalkit.session.stored.source import StoredSource
from evalkit.store.store import Store
from tests.benchmarks.real_reports import make
from tests.browser.chromium import ARGUMENTS, chromium_path

_SIZE = {"width": 1100, "height": 700}
_PATIENCE_MS = 600_000
_AS_A_HOST_SHOWS_IT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Comment</title><style>
body { font: 14px/1.5 system-ui, sans-serif; color: #1f2328; margin: 0 auto; max-width: 960px; padding: 1em; }
main { border: 1px solid #d1d9e0; border-radius: 6px; padding: 4px 16px; }
pre { background: #f6f8fa; padding: 12px; border-radius: 6px; font-size: 12px; }
table { border-collapse: collapse; } th, td { border: 1px solid #d1d9e0; padding: 4px 10px; }
a { color: #0969da; }</style><main>%s</main></html>"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: the walk is what is printed."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", default=os.environ.get("EVALKIT_SHARED_DATA", "../shared/data"))
    parser.add_argument("--work", type=Path, required=True, metavar="DIR", help="for the report")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="for the pictures")
    arguments = parser.parse_args()
    work = arguments.work.resolve()
    store = work / "work/primes.duckdb"
    if not store.exists():
        make("primes", Path(arguments.data), work)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(work)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    write_comment(store, work, address)
    steps = walk(f"{address}/comment.html", arguments.out)
    server.shutdown()
    return int(not all(steps))


def write_comment(store: Path, work: Path, address: str) -> None:
    """The report as ``primes.html`` and its comment as ``comment.html``, linked as a host would link it."""
    with Store.open(store, mode="read") as opened:
        source = StoredSource(opened)
        data = collect(source, opened.runs()[0].run_id)
    report = write_data(data, work / "primes.html")
    place = place_of(report, work, {"EVALKIT_REPORT_URL": f"{address}/primes.html"})
    text = markdown(data, place=place)
    shown = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    (work / "comment.html").write_text(_AS_A_HOST_SHOWS_IT % shown, encoding="utf-8")


def walk(comment: str, out: Path) -> list[bool]:
    """Three clicks, each told with whether the page says what it should."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=chromium_path(), args=list(ARGUMENTS), timeout=_PATIENCE_MS
        )
        page = browser.new_page(viewport=_SIZE, color_scheme="light")
        page.set_default_timeout(_PATIENCE_MS)
        page.goto(comment)
        steps = [_step(page, out, "comment", "main", ("It got worse", "fell from 0.840 to 0.511"))]
        page.click("text=Open the report")
        page.wait_for_selector("html[data-ready]")
        steps.append(_step(page, out, "report", "#answer", ("“no” where the baseline said “yes”",)))
        page.click("#answer >> text=What got worse")
        steps.append(_step(page, out, "worse", "#worse", ("all 476", "[Yes]", "[No]")))
        page.click("#worse .examples a >> nth=0")
        page.wait_for_selector(".detail")
        steps.append(_step(page, out, "sample", ".detail", ("Step 1", "Is 17077 a prime number?")))
        browser.close()
    return steps


def _step(page: Any, out: Path, name: str, place: str, told: tuple[str, ...]) -> bool:
    page.wait_for_timeout(300)
    text = page.locator(place).first.inner_text()
    missing = [each for each in told if each not in text]
    page.screenshot(path=out / f"red-comment-{name}.png")
    print(f"{name}: {'as told' if not missing else f'does not say {missing}'}", flush=True)
    return not missing


if __name__ == "__main__":
    sys.exit(main())

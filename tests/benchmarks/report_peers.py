"""A report over two runs beside Inspect's viewer over the same two runs, in one Chromium on one machine.

Started from the repository's root with ``python -m tests.benchmarks.report_peers FOLDER``. Inspect is
installed into FOLDER once. For each number of samples a run, a store and two logs are written of the same
worked solutions, and a table tells, of each page: how large it is, when it paints first and has its rows, how
long filters take (each the median of five, from the input to the frame with the rows), and what its tab holds
afterwards.

What is not alike: a report compares both runs side by side, and its search reads all texts. Inspect's list of
one log filters that log by expressions over ids, inputs, targets, answers, errors, scores and metadata; its
list of both logs has one row for each sample of each. Neither list compares runs or searches outputs. Its
pages are read from ``inspect view`` on loopback, ours from the disk. What is not reached in time is a dash,
and the reason stands below the table.
"""

from __future__ import annotations

import argparse
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page, sync_playwright

from tests.benchmarks.inspect_logs import REQUIREMENTS, write_logs
from tests.benchmarks.report_speed import CLEAR, MARK, N_TIMES, PAINT, TIMED, build, memory, record
from tests.benchmarks.venvs import ensure
from tests.browser.chromium import ARGUMENTS, chromium_path

PATIENCE_MS = 120_000
#: What is asked -> what it is in the address of a report, and as an expression of Inspect's filter.
QUESTIONS = {
    "text, found often": ("where=input:has:farmers", 'input_contains("farmers")'),
    "text, found never": ("where=input:has:zyzzyva", 'input_contains("zyzzyva")'),
    "an id": ("where=id:is:problem-000777", 'id == "problem-000777"'),
    "metadata": ("where=slice.steps:is:4", "metadata.steps == 4"),
    "an error": ("where=error_kind:is:timeout", 'error_contains("timeout")'),
}
#: Of reports alone.
OWN = {
    "text in all texts": "q=farmers",
    "text in outputs": "where=output:has:ducks",
    "losses": "kind=loss",
}

#: Of Inspect's list: how many samples its foot tells.
_COUNT = """(() => {
  const foot = document.querySelector('[class*="_footer_"]');
  const found = foot && foot.textContent.match(/([\\d,]+) samples?/i);
  return found ? Number(found[1].replaceAll(",", "")) : null;
})()"""
_ROWS = f"""(count) => {{
  if ({_COUNT} !== count || !document.querySelector('[role="grid"] [role="gridcell"]')) return false;
  return performance.now();
}}"""
#: Arms the page: from the next input to the second frame after the count has changed.
_ARM = f"""() => {{
  window.benchTook = null;
  const before = {_COUNT};
  const frame = () => new Promise(requestAnimationFrame);
  document.addEventListener("beforeinput", async () => {{
    const start = performance.now();
    while ({_COUNT} === before) await frame();
    await frame();
    window.benchTook = [performance.now() - start, {_COUNT}];
  }}, {{once: true, capture: true}});
}}"""


@dataclass
class Reading:
    """What one page took; what was not reached in time is not there, and ``broken_off`` says why."""

    megabytes: float
    paint_ms: float | None = None
    rows_ms: float | None = None
    filters_ms: dict[str, float] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    heap_mb: float | None = None
    tab_mb: float | None = None
    broken_off: str | None = None


def read_report(page: Page, browser: Any, report: Path) -> Reading:
    reading = Reading(report.stat().st_size / 1e6)
    page.goto(report.as_uri(), wait_until="commit")
    page.wait_for_selector("html[data-ready]")
    reading.paint_ms, reading.rows_ms = page.evaluate(PAINT), page.evaluate(MARK.format("ready"))
    page.wait_for_selector("html[data-whole]")
    for name, query in [(name, ours) for name, (ours, _) in QUESTIONS.items()] + list(OWN.items()):
        found = []
        for _ in range(N_TIMES):
            found.append(page.evaluate(TIMED, f"location.hash = '#samples?{query}'"))
            page.evaluate(TIMED, CLEAR)
        _keep(reading, name, [each[1] for each in found], found[0][2])
    _keep_memory(reading, browser, page)
    return reading


def read_inspect(page: Page, browser: Any, address: str, n_rows: int, reading: Reading) -> None:
    page.goto(address, wait_until="commit")
    reading.rows_ms = page.wait_for_function(_ROWS, arg=n_rows).json_value()
    reading.paint_ms = page.evaluate(PAINT)
    if page.locator(".cm-content").count():
        for name, (_, expression) in QUESTIONS.items():
            found = []
            for _ in range(N_TIMES):
                found.append(_typed(page, expression))
                _clear(page, n_rows)
            _keep(reading, name, [each[0] for each in found], found[0][1])
    _keep_memory(reading, browser, page)


def _typed(page: Page, expression: str) -> Any:
    """Milliseconds, and how many are left, after the empty filter has become this at one stroke."""
    page.click(".cm-content")
    page.evaluate(_ARM)
    page.keyboard.insert_text(expression)
    return page.wait_for_function("() => window.benchTook").json_value()


def _clear(page: Page, n_rows: int) -> None:
    page.click(".cm-content")
    page.keyboard.press("Control+a")
    page.keyboard.press("Backspace")
    page.wait_for_function(_ROWS, arg=n_rows)


def _keep(reading: Reading, name: str, took: list[float], found: object) -> None:
    reading.filters_ms[name] = statistics.median(took)
    reading.found[name] = str(found)


def _keep_memory(reading: Reading, browser: Any, page: Page) -> None:
    heap, private = memory(browser, page)
    reading.heap_mb, reading.tab_mb = heap / 1e6, private / 1e6


@contextmanager
def opened() -> Iterator[tuple[Page, Any]]:
    """A page of a browser of its own."""
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        page.set_default_navigation_timeout(PATIENCE_MS)
        yield page, browser
        browser.close()


@contextmanager
def served(python: Path, logs: Path) -> Iterator[str]:
    """The address of ``inspect view`` over a folder of logs."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(python.with_name("inspect")), "view", "--log-dir", str(logs), "--port", str(port)]
    address = f"http://127.0.0.1:{port}/"
    server = subprocess.Popen(command, cwd=logs, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await(address)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def _await(address: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"inspect view does not answer at {address}: start it by hand to see why")


def readings(python: Path, work: Path, n_samples: int) -> dict[str, Reading]:
    """Page -> what was read."""
    store, logs, report = work / "results.duckdb", work / "logs", work / "report.html"
    if not store.exists():
        record(store, n_samples)
    build(store, report)
    if not logs.exists():
        print(f"writing logs      {write_logs(python, logs, n_samples)}", flush=True)
    sizes = {path.stem: path.stat().st_size / 1e6 for path in logs.glob("*.eval")}
    found: dict[str, Reading] = {}
    with opened() as (page, browser):
        found["evalkit"] = read_report(page, browser, report)
    print(f"{'evalkit':18}{found['evalkit']}", flush=True)
    with served(python, logs) as address:
        for name, view, size, n_rows in (
            ("one log", "#/logs/after.eval/samples/", sizes["after"], n_samples),
            ("both logs", "#/samples/", sum(sizes.values()), 2 * n_samples),
        ):
            reading = found[name] = Reading(size)
            with opened() as (page, browser):
                try:
                    read_inspect(page, browser, address + view, n_rows, reading)
                except Error as error:
                    reading.broken_off = str(error).splitlines()[0]
            print(f"{name:18}{reading}", flush=True)
    return found


def print_table(n_samples: int, found: Mapping[str, Reading]) -> None:
    print(f"\n2 x {n_samples:,} samples{'':8}" + "".join(f"{name:>16}" for name in found))
    lines: dict[str, list[float | None]] = {
        "size, MB": [each.megabytes for each in found.values()],
        "first paint, ms": [each.paint_ms for each in found.values()],
        "rows, ms": [each.rows_ms for each in found.values()],
    }
    for name in [*QUESTIONS, *OWN]:
        lines[f"{name}, ms"] = [each.filters_ms.get(name) for each in found.values()]
    lines["JavaScript, MB"] = [each.heap_mb for each in found.values()]
    lines["tab's own, MB"] = [each.tab_mb for each in found.values()]
    for title, cells in lines.items():
        print(f"{title:28}" + "".join(f"{'-' if cell is None else f'{cell:,.1f}':>16}" for cell in cells))
    for name, each in found.items():
        why = (
            f" broken off after at most {PATIENCE_MS // 1000} s: {each.broken_off}" if each.broken_off else ""
        )
        print(f"{name}: {each.found}{why}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="Inspect's environment, made where there is none")
    parser.add_argument("--samples", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--work", type=Path, help="keep stores and logs here, or take what is there")
    options = parser.parse_args()
    python = ensure(options.folder.resolve(), REQUIREMENTS)
    print(f"Python {sys.version.split()[0]}, {REQUIREMENTS[0]}")
    with tempfile.TemporaryDirectory() as folder:
        for n_samples in options.samples:
            work = (options.work or Path(folder)).resolve() / str(n_samples)
            work.mkdir(parents=True, exist_ok=True)
            print_table(n_samples, readings(python, work, n_samples))


if __name__ == "__main__":
    main()

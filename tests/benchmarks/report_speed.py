"""What a report over 2 x 100,000 samples takes to build and to read, in a real Chromium.

Started from the repository's root with ``python -m tests.benchmarks.report_speed``. Two runs of worked
solutions (``solution_runs``) are recorded once, in a temporary folder or in ``--store``. Then:

* build: ``write_report`` in a process of its own, the start of Python and the reading of the store included
* page: the file's size, its code, the first paint, when the rows can be used, when all texts are unpacked
* filters: from the click to the frame that shows its rows, each the median of five
* memory: the heap of JavaScript and what the tab's process holds for itself, after all of the above

``report_peers`` holds it beside Inspect's viewer on the same data.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from evalkit.report.html import scripts, stylesheet
from tests.benchmarks.overhead import compiling
from tests.benchmarks.process import measure
from tests.benchmarks.solution_runs import SIDES
from tests.browser.chromium import ARGUMENTS, chromium_path
from tests.invocation import environment

N_TIMES = 5
_BUILD = """import sys
from evalkit.report.write import write_report
from evalkit.session.stored.source import StoredSource
from evalkit.store.store import Store
path, before, after, report = sys.argv[1:]
with Store.open(path) as store:
    write_report(StoredSource(store), after, report, baseline_run_id=before)
"""
_PATIENCE_MS = 600_000

#: From an act to the second frame after the table is at rest, which is when its rows have been painted.
TIMED = """async (act) => {
  const table = document.getElementById("samples-table");
  const count = document.getElementById("count");
  const frame = () => new Promise(requestAnimationFrame);
  const before = count.textContent;
  const start = performance.now();
  new Function(act)();
  let first = null;
  while (table.getAttribute("aria-busy") === "true" || count.textContent === before) {
    await frame();
    if (first === null && count.textContent !== before) first = performance.now() - start;
    if (performance.now() - start > 60000) throw new Error("nothing changed");
  }
  await frame();
  const whole = performance.now() - start;
  return [first ?? whole, whole, count.textContent];
}"""

_TYPE = "const s = document.getElementById('search'); s.value = {}; s.form.requestSubmit()"
_LINK = "location.hash = '#samples?{}'"
#: What is done, after which all filters are taken off.
ACTS = {
    "losses": "document.querySelector('[data-kind=loss]').click()",
    "a slice": _LINK.format("where=slice.steps:is:4"),
    "a tag": _LINK.format("where=tag:is:money"),
    "a scorer's change": _LINK.format("where=turn.exact_match:is:worse"),
    "a class of error": _LINK.format("where=error_kind:is:timeout"),
    "latency over 2 s": _LINK.format("where=latency_s:over:2"),
    "text, found often": _TYPE.format("'farmers'"),
    "text, found once": _TYPE.format("'problem-077777'"),
    "text, found never": _TYPE.format("'zyzzyva'"),
    "regular expression": _LINK.format("re=" + r"eggs%3F%20(per%7Ca)%20day"),
    "text in the outputs": _LINK.format("where=output:has:ducks"),
}
CLEAR = "location.hash = '#samples'"
MARK = "performance.getEntriesByName('{}')[0].startTime"
PAINT = MARK.format("first-contentful-paint")


def record(store: Path, n_samples: int) -> None:
    """Both runs, in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.solution_runs", str(store), str(n_samples)]
    measure(command, cwd=store.parent, env=environment())


def build(store: Path, report: Path) -> None:
    arguments = [sys.executable, "-c", _BUILD, str(store), *SIDES, str(report)]
    took = measure(arguments, cwd=store.parent, env=compiling())
    size, code = report.stat().st_size, len(scripts().encode()) + len(stylesheet().encode())
    used = f"{took.cpu_s:.2f} s CPU, {took.peak_mb:.0f} MB"
    print(f"build             {took.wall_s:8.2f} s (wanted: 10), {used}")
    print(f"size              {size / 1e6:8.2f} MB (wanted: 40), code {code / 1e3:.0f} kB", flush=True)


def read(report: Path) -> None:
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(_PATIENCE_MS)
        page.goto(report.as_uri(), wait_until="commit", timeout=_PATIENCE_MS)
        page.wait_for_selector("html[data-ready]")
        print(f"first paint       {page.evaluate(PAINT):8.0f} ms (wanted: 2,000)")
        print(f"rows              {page.evaluate(MARK.format('ready')):8.0f} ms: {page.inner_text('#count')}")
        page.wait_for_selector("html[data-whole]")
        print(f"all texts         {page.evaluate(MARK.format('whole')):8.0f} ms", flush=True)
        for name, act in ACTS.items():
            print_act(page, name, act)
        print_memory(browser, page)
        browser.close()


def print_act(page: Any, name: str, act: str) -> None:
    found = []
    for _ in range(N_TIMES):
        found.append(page.evaluate(TIMED, act))
        page.evaluate(TIMED, CLEAR)
    first, whole = (statistics.median(each[place] for each in found) for place in (0, 1))
    print(f"{name:20}{first:6.0f} ms to the first rows, {whole:5.0f} ms to all: {found[0][2]}", flush=True)


def print_memory(browser: Any, page: Any) -> None:
    heap, private = memory(browser, page)
    print(f"memory            {heap / 1e6:8.0f} MB of JavaScript, {private / 1e6:.0f} MB of the tab's own")


def memory(browser: Any, page: Any) -> tuple[int, int]:
    """Bytes of JavaScript's heap, and of what the tab's process holds for itself."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    heap: int = page.evaluate("performance.memory.usedJSHeapSize")
    found = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    ids = [each["id"] for each in found if each["type"] == "renderer"]
    return heap, max(private_bytes(each) for each in ids)


def private_bytes(process: int) -> int:
    """What no other process shares."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Private_"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--store", type=Path, help="record into this store, or take what is there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store: Path = options.store or Path(folder) / "results.duckdb"
        if not store.exists():
            record(store, options.samples)
        report = Path(folder) / "report.html"
        build(store, report)
        read(report)


if __name__ == "__main__":
    main()

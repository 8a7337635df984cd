"""A browser for the session, and pages that are opened from files and watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit.report.write import write_report
from tests.browser.chromium import ARGUMENTS, chromium_path
from tests.browser.tab import PATIENCE_MS, Opened, Tab
from tests.unit.report.memory_source import MemorySource

Opener = Callable[..., Opened]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium for one module: while Playwright runs, its event loop is the thread's, and tests elsewhere
    could not start one of their own."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (extra dev)")
    path = chromium_path()
    with playwright.sync_playwright() as running:
        launched = running.chromium.launch(executable_path=path, args=list(ARGUMENTS), timeout=PATIENCE_MS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def shared_tab(browser: Any) -> Iterator[Tab]:
    """For ``tab``."""
    tab = Tab(browser)
    yield tab
    tab.close()


@pytest.fixture
def tab(shared_tab: Tab) -> Iterator[Tab]:
    """A tab with nothing in it."""
    yield shared_tab
    shared_tab.clear()


@pytest.fixture
def open_report(tab: Tab, tmp_path: Path) -> Opener:
    """Write the report of a run and open it from its file."""

    def open_(source: MemorySource, run_id: str, *, width: int = 1280, scheme: str = "light") -> Opened:
        path = write_report(source, run_id, tmp_path / "report.html")
        return tab.open(path.as_uri(), width=width, scheme=scheme)

    return open_

"""A browser for the session, and pages that are opened from files and watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from evalkit.report.write import write_report
from tests.browser.chromium import ARGUMENTS, chromium_path
from tests.unit.report.memory_source import MemorySource

#: Playwright's own half a minute is not enough on a machine that has other work.
_PATIENCE_MS = 30_000


@dataclass
class Opened:
    """A page with what it asked for and what it complained about."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


Opener = Callable[..., Opened]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium for one module: while Playwright runs, its event loop is the thread's, and tests elsewhere
    could not start one of their own."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (extra dev)")
    path = chromium_path()
    with playwright.sync_playwright() as running:
        launched = running.chromium.launch(executable_path=path, args=list(ARGUMENTS), timeout=_PATIENCE_MS)
        yield launched
        launched.close()


@pytest.fixture
def open_report(browser: Any, tmp_path: Path) -> Iterator[Opener]:
    """Write the report of a run and open it from its file."""
    contexts = []

    def open_(source: MemorySource, run_id: str, *, width: int = 1280, scheme: str = "light") -> Opened:
        path = write_report(source, run_id, tmp_path / "report.html")
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        context.set_default_timeout(_PATIENCE_MS)
        contexts.append(context)
        opened = Opened(context.new_page())
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.on("console", lambda message: opened.complaints.append(message.text))
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.goto(path.as_uri())
        opened.page.wait_for_selector("html[data-ready]")
        return opened

    yield open_
    for context in contexts:
        context.close()

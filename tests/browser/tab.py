"""A tab of the browser that tests use in turn: one of its own costs each of them a second of a processor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: Playwright's own half a minute is not enough on a machine that has other work.
PATIENCE_MS = 60_000

_HEIGHT = 900
_FORGET = "() => { localStorage.clear(); sessionStorage.clear(); }"


@dataclass
class Opened:
    """A page with what it asked for and what it complained about."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


class Tab:
    """One page, and beside it those that a test opens in the same context, as tabs of one user.

    ``clear`` leaves nothing of a test to the next: no page, storage, cookie, route, listener or medium.
    """

    def __init__(self, browser: Any) -> None:
        self._context = browser.new_context()
        self._context.set_default_timeout(PATIENCE_MS)
        self.page = self._context.new_page()
        self._listeners: list[tuple[str, Callable[[Any], None]]] = []

    def open(self, address: str, *, width: int = 1400, scheme: str = "light") -> Opened:
        """Go there, and watch the page until ``clear``."""
        self.page.set_viewport_size({"width": width, "height": _HEIGHT})
        self.page.emulate_media(color_scheme=scheme)
        return self._go(Opened(self.page), address)

    def open_beside(self, address: str) -> Opened:
        """The same in another tab of the same user."""
        return self._go(Opened(self._context.new_page()), address)

    def clear(self) -> None:
        for event, listener in self._listeners:
            self.page.remove_listener(event, listener)
        self._listeners.clear()
        for page in self._context.pages:
            if page is not self.page:
                page.close()
        self.page.unroute_all(behavior="ignoreErrors")
        self.page.evaluate(_FORGET)
        self.page.goto("about:blank")
        self.page.emulate_media(media="null", color_scheme="null")
        self._context.clear_cookies()

    def close(self) -> None:
        self._context.close()

    def _go(self, opened: Opened, address: str) -> Opened:
        self._watch(opened.page, "request", lambda request: opened.requests.append(request.url))
        self._watch(opened.page, "console", lambda message: opened.complaints.append(message.text))
        self._watch(opened.page, "pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.goto(address)
        opened.page.wait_for_selector("html[data-ready]")
        return opened

    def _watch(self, page: Any, event: str, listener: Callable[[Any], None]) -> None:
        page.on(event, listener)
        if page is self.page:
            self._listeners.append((event, listener))

"""Nobody is shut out: axe finds nothing in any state, nothing is cut off, no script of an answer runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.axe import places
from tests.browser.review.answers import NAMES
from tests.browser.review.conftest import QUESTIONS
from tests.browser.review.test_review_page import Sit, at_item, kept, press
from tests.browser.tab import Tab

pytestmark = pytest.mark.browser

#: Name, page, and the part of it that is new.
States = Iterator[tuple[str, Any, str]]


def of_forms(page: Any) -> States:
    """Each form of an answer."""
    for number, name in enumerate(NAMES, 1):
        at_item(page, number)
        yield name, page, "#main"
        press(page, "j")


def of_parts(page: Any) -> States:
    """What opens and closes."""
    for name in ("#agreement", ".rubric"):
        if page.locator(f"{name} summary:visible").count():
            page.click(f"{name} summary")
            yield name, page, "html"
            page.click(f"{name} summary")
    press(page, "?")
    yield "keys", page, "html"
    press(page, "Escape")
    press(page, "m")
    yield "as written", page, "html"
    press(page, "d")
    yield "differences", page, "html"
    press(page, "m", "d")


def of_what_is_kept(page: Any) -> States:
    """On its way, out of reach, signed out, refused."""
    held: list[Any] = []
    for name, answer in {
        "sending": lambda route: held.append(route),
        "waiting": lambda route: route.abort(),
        "closed": lambda route: route.fulfill(status=401, body="{}"),
        "refused": lambda route: route.fulfill(status=422, body='{"error": "no such item"}'),
    }.items():
        page.route("**/api/reviews", answer)
        page.reload()
        page.wait_for_selector("html[data-ready]")
        press(page, "s")
        if name == "sending":
            page.wait_for_selector("#kept:has-text('on the way')")
        kept(page, name)
        yield name, page, "#kept"
        for route in held:
            route.abort()
        held.clear()
        page.unroute("**/api/reviews")
    page.click("#kept button")


def of_the_ends(page: Any) -> States:
    """The last page, and the one of who has no cookie."""
    while not page.locator(".finish").count():
        press(page, "s")
        page.wait_for_timeout(20)
    yield "finish", page, "html"
    page.context.clear_cookies()
    page.reload()
    page.locator("h2", has_text="You are not signed in").wait_for()
    yield "signed out", page, "html"


@pytest.mark.parametrize("kind", QUESTIONS)
def test_axe_finds_nothing_in_any_state(sit: Sit, tab: Tab, kind: str) -> None:
    opened = tab.open(sit("forms", kind).link)
    walks: list[Callable[[Any], States]] = [of_parts]
    if kind in ("pass_fail", "pairwise"):
        walks += [of_forms]
    if kind == "pass_fail":
        walks += [of_what_is_kept, of_the_ends]
    found = {
        f"{name} {each}"
        for walk in walks
        for name, page, part in walk(opened.page)
        for each in places(page, part, is_dark_too=kind == "pass_fail")
    }
    assert found == set()


@pytest.mark.parametrize("kind", QUESTIONS)
def test_nothing_is_wider_than_a_narrow_screen(sit: Sit, tab: Tab, kind: str) -> None:
    opened = tab.open(sit("forms", kind).link, width=700)
    width = "document.documentElement.scrollWidth"
    wide = [name for name, page, _ in of_forms(opened.page) if page.evaluate(width) > 700]
    assert wide == []
    assert opened.complaints == []


def test_a_script_that_got_into_the_page_would_not_run(sit: Sit, tab: Tab) -> None:
    page = tab.open(sit("forms", "pass_fail").link).page
    page.evaluate(
        """() => {
          document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.taken = 1">');
          const script = document.createElement('script');
          script.textContent = 'window.taken = 1';
          document.body.append(script);
        }"""
    )
    page.wait_for_timeout(100)
    assert page.evaluate("window.taken") is None

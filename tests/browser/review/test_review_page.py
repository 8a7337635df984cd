"""One reviewer at the page: keys, what counts as kept, what is taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.review.conftest import Seat
from tests.browser.review.served import until
from tests.browser.tab import PATIENCE_MS, Tab

pytestmark = pytest.mark.browser

#: A page that sends a body with nothing in it.
POST_NOTHING = """() => {
  const real = window.fetch;
  window.fetch = (url, { body, ...options }) => real(url, body ? { ...options, body: "{}" } : options);
}"""

Sit = Callable[[str, str], Seat]


def at_item(page: Any, number: int) -> None:
    """Wait until an item is shown."""
    page.wait_for_function(
        "n => document.getElementById('item-head')?.textContent.startsWith(`Item ${n} of`)", arg=number
    )


def kept(page: Any, state: str = "kept", n_waiting: int | None = None) -> None:
    """Wait until the page says so of what was said."""
    from playwright.sync_api import expect

    said = expect(page.locator("#kept"))
    said.to_have_attribute("data-state", state, timeout=PATIENCE_MS)
    if n_waiting is not None:
        said.to_have_attribute("data-waiting", str(n_waiting), timeout=PATIENCE_MS)


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_keys_label_skip_and_move(sit: Sit, tab: Tab) -> None:
    seat = sit("short", "pass_fail")
    opened = tab.open(seat.link)
    page = opened.page
    press(page, "p")
    at_item(page, 2)  # The items behind it come after the first.
    press(page, "2", "s", "j", "f")
    at_item(page, 6)
    kept(page)
    assert seat.labels == {"s0": "pass", "s1": "fail", "s2": "skip", "s4": "fail"}
    press(page, "n", "k", "k", "k", "k")
    at_item(page, 3)
    assert page.inner_text(".mine") == "You said: Skipped"
    assert opened.complaints == []


def test_the_token_leaves_the_address_and_nothing_is_asked_of_others(sit: Sit, tab: Tab) -> None:
    seat = sit("forms", "pass_fail")
    opened = tab.open(seat.link)
    for _ in range(8):
        press(opened.page, "j")
    opened.page.wait_for_timeout(200)
    origin = seat.link.partition("/?")[0]
    assert opened.page.url == f"{origin}/"
    assert [url for url in opened.requests if not url.startswith(f"{origin}/")] == []
    assert opened.page.title().startswith("Is this answer good enough?")
    assert opened.page.locator("a[href^='javascript'], img[src*='evil']").count() == 0
    assert opened.complaints == []


def test_undo_goes_back_and_takes_the_label_away(sit: Sit, tab: Tab) -> None:
    seat = sit("short", "pass_fail")
    page = tab.open(seat.link).page
    press(page, "p")
    at_item(page, 2)
    press(page, "p", "u")
    at_item(page, 2)
    kept(page)
    assert seat.labels == {"s0": "pass"}
    page.reload()
    at_item(page, 2)
    press(page, "k")
    at_item(page, 1)
    press(page, "u")
    until(lambda: seat.labels == {})


def test_a_review_counts_as_kept_only_when_the_server_said_so(sit: Sit, tab: Tab) -> None:
    seat = sit("short", "pass_fail")
    page = tab.open(seat.link).page
    held: list[Any] = []
    page.route("**/api/reviews", lambda route: held.append(route))
    press(page, "p")
    at_item(page, 2)
    kept(page, "sending", 1)
    while not held:  # The page says that it sends before the browser has sent.
        page.wait_for_timeout(5)
    assert seat.labels == {}
    # What the page sends anew when its patience has ended goes through, too.
    page.route("**/api/reviews", lambda route: route.continue_())
    held[0].continue_()
    kept(page, "kept", 0)
    assert seat.labels == {"s0": "pass"}


def test_what_the_server_did_not_get_outlives_the_page_and_is_sent_again_once(sit: Sit, tab: Tab) -> None:
    seat = sit("short", "pass_fail")
    page = tab.open(seat.link).page
    bodies: list[Any] = []

    def lose_the_answer(route: Any) -> None:
        bodies.append(route.request.post_data_json)
        route.fetch()
        route.abort()

    page.route("**/api/reviews", lose_the_answer)
    press(page, "p")
    at_item(page, 2)
    press(page, "f", "p")
    kept(page, "waiting", 3)
    assert "3 reviews not kept yet" in page.inner_text("#kept")
    page.reload()
    at_item(page, 4)
    kept(page, "waiting")
    page.unroute("**/api/reviews")
    kept(page)
    assert seat.labels == {"s0": "pass", "s1": "fail", "s2": "pass"}
    assert len({body["review_id"] for body in bodies if body["item_id"] == bodies[0]["item_id"]}) == 1


def test_a_reviewer_who_is_signed_out_loses_nothing(sit: Sit, tab: Tab) -> None:
    seat = sit("short", "pass_fail")
    page = tab.open(seat.link).page
    page.context.clear_cookies()
    press(page, "p")
    kept(page, "closed", 1)
    assert "open the link" in page.inner_text("#kept")
    tab.open_beside(seat.link)
    kept(page)
    assert seat.labels == {"s0": "pass"}


def test_a_refusal_is_shown_with_its_reason_and_is_no_label(sit: Sit, tab: Tab) -> None:
    seat = sit("short", "pass_fail")
    page = tab.open(seat.link).page
    page.evaluate(POST_NOTHING)
    press(page, "p")
    kept(page, "refused")
    assert "missing" in page.inner_text("#kept")
    page.click("#kept button")
    kept(page)
    assert seat.labels == {}


def test_a_browser_that_keeps_nothing_is_told_to_stay_open(sit: Sit, tab: Tab) -> None:
    seat = sit("short", "pass_fail")
    page = tab.open(seat.link).page
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('no room'); }; }")
    page.route("**/api/reviews", lambda route: route.abort())
    press(page, "p")
    kept(page, "waiting", 1)
    assert "do not close it" in page.inner_text("#kept")
    page.unroute("**/api/reviews")
    kept(page)
    assert seat.labels == {"s0": "pass"}


def test_the_next_items_are_there_before_they_are_asked_for(sit: Sit, tab: Tab) -> None:
    page = tab.open(sit("short", "pass_fail").link).page
    page.wait_for_load_state("networkidle")
    page.route("**/api/items*", lambda route: route.abort())
    press(page, "p", "p", "p", "p")
    assert page.inner_text("#item-head") == "Item 5 of 24"


def test_two_tabs_of_one_reviewer_lose_nothing_to_each_other(sit: Sit, tab: Tab) -> None:
    seat = sit("short", "pass_fail")
    one = tab.open(seat.link).page
    other = tab.open_beside(seat.link).page
    for page in (one, other):
        page.route("**/api/reviews", lambda route: route.abort())
    press(one, "p")
    press(other, "j")
    at_item(other, 2)
    press(other, "f")
    kept(one, "waiting")
    kept(other, "waiting")
    one.context.new_page()
    for page in (one, other):
        page.unroute("**/api/reviews")
        kept(page)
    assert seat.labels == {"s0": "pass", "s1": "fail"}


def test_keys_are_text_in_a_comment_and_the_comment_goes_with_the_label(sit: Sit, tab: Tab) -> None:
    seat = sit("short", "pass_fail")
    page = tab.open(seat.link).page
    press(page, "c")
    page.keyboard.type("pfs? right but rude")
    press(page, "Escape", "f")
    kept(page)
    review = seat.reviews["s0"]
    assert (review.label, review.comment) == ("fail", "pfs? right but rude")
    assert review.seconds is not None


def test_single_keys_can_be_turned_off(sit: Sit, tab: Tab) -> None:
    page = tab.open(sit("short", "pass_fail").link).page
    press(page, "?")
    page.uncheck("#keys-on")
    press(page, "Escape", "p")
    assert page.inner_text("#item-head") == "Item 1 of 24"
    page.click("[data-label=pass]")
    at_item(page, 2)


def test_a_screen_reader_is_told_what_was_said_and_what_comes(sit: Sit, tab: Tab) -> None:
    page = tab.open(sit("short", "pass_fail").link).page
    press(page, "p")
    at_item(page, 2)
    assert page.inner_text("#said") == "Pass. Item 2 of 24."
    assert page.evaluate("document.activeElement.id") == "item-head"
    page.focus("[data-label=fail]")
    press(page, "Enter")
    at_item(page, 3)
    assert page.evaluate("document.activeElement.dataset.label") == "fail"


@pytest.mark.parametrize("key, label", [("ArrowLeft", "left"), ("2", "right"), ("t", "tie")])
def test_pairs_are_blind_and_labelled_by_side(sit: Sit, tab: Tab, key: str, label: str) -> None:
    seat = sit("forms", "pairwise")
    page = tab.open(seat.link).page
    text = page.inner_text("body")
    assert "local/a" not in text
    assert "local/b" not in text
    press(page, key)
    kept(page)
    press(page, "k")
    said = {"left": "Left is better", "right": "Right is better", "tie": "Tie"}[label]
    assert page.inner_text(".mine") == f"You said: {said}"
    assert page.locator("[aria-pressed=true][data-label]").get_attribute("data-label") == label


def test_what_differs_between_two_answers_is_marked_on_demand(sit: Sit, tab: Tab) -> None:
    page = tab.open(sit("forms", "pairwise").link).page
    assert page.locator("mark").count() == 0
    press(page, "d")
    assert "".join(page.locator("mark").all_inner_texts()).strip() == "That is all."


def test_levels_have_names_and_a_number_is_a_key(sit: Sit, tab: Tab) -> None:
    seat = sit("short", "rubric")
    page = tab.open(seat.link).page
    assert page.get_by_role("button", name="4 good").count() == 1
    press(page, "4")
    at_item(page, 2)
    kept(page)
    assert seat.labels == {"s0": "4"}


def test_a_number_on_a_wide_scale_is_typed(sit: Sit, tab: Tab) -> None:
    seat = sit("short", "percent")
    page = tab.open(seat.link).page
    press(page, "4", "2", "Enter")
    at_item(page, 2)
    press(page, "1", "0", "0", "0", "Enter")
    kept(page)
    assert seat.labels == {"s0": "42"}


def test_criteria_are_rated_one_after_the_other_and_kept_together(sit: Sit, tab: Tab) -> None:
    seat = sit("short", "criteria")
    page = tab.open(seat.link).page
    press(page, "5", "Enter")
    assert page.inner_text("#missing") == "Not rated yet: tone."
    press(page, "2", "Enter")
    at_item(page, 2)
    kept(page)
    assert seat.reviews["s0"].values == {"truth": 5, "tone": 2}


def test_the_end_says_what_labels_are_good_for(sit: Sit, tab: Tab) -> None:
    page = tab.open(sit("forms", "pass_fail").link).page
    for i in range(8):
        at_item(page, i + 1)
        press(page, "p")
    page.locator("h2", has_text="That was the last one").wait_for()
    assert "evalkit judge calibrate support --labels reviews" in page.inner_text("main")
    page.get_by_text("All are kept; you can close this page.").wait_for()
    page.reload()
    page.locator("h2", has_text="That was the last one").wait_for()


def test_texts_can_be_seen_as_they_were_written(sit: Sit, tab: Tab) -> None:
    page = tab.open(sit("forms", "pass_fail").link).page
    assert page.locator("#answers strong").inner_text() == "twice"
    press(page, "m")
    assert "renamed **twice**" in page.inner_text("#answers")

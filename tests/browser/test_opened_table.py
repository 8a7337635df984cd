"""The table of samples in a real browser: sort, filter, search, keys."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Opener
from tests.unit.report.memory_source import MemorySource, regressed, rows

pytestmark = pytest.mark.browser


def shown(page: Any, column: str = "id") -> list[str]:
    """The texts of one column, top to bottom."""
    texts: list[str] = page.locator(f"#samples-body tr.row .c-{column}").all_inner_texts()
    return [text.strip() for text in texts]


def focused(page: Any) -> str:
    """The label of the row's button that has the focus."""
    label: str = page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")
    return label


def only_after(page: Any) -> None:
    page.select_option("#subject", "local/small#short")


def many(n: int) -> MemorySource:
    source = MemorySource()
    source.add_run("big")
    source.add("big", "e", rows("".join("+-+!"[i % 4] for i in range(n))))
    return source


def test_what_went_wrong_stands_first(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b").page
    only_after(page)
    assert shown(page, "outcome") == ["error", "loss", "loss", "loss", "win", "fail", "fail", "pass"]


def test_a_click_on_a_title_sorts_and_another_turns_the_order(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b").page
    only_after(page)
    page.click("[data-sort=latency]")
    slowest_first = shown(page)
    assert slowest_first[:3] == ["s6", "s5", "s4"]
    assert page.get_attribute("th.c-latency", "aria-sort") == "descending"
    page.click("[data-sort=latency]")
    assert shown(page)[:3] == ["s0", "s1", "s2"]
    assert slowest_first[-1] == shown(page)[-1] == "s7", "an unknown latency stands last either way"


def test_chips_filter_by_outcome_and_several_add_up(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b").page
    page.click("[data-kind=loss]")
    assert shown(page) == ["s1", "s2", "s3"]
    assert page.get_attribute("[data-kind=loss]", "aria-pressed") == "true"
    page.click("[data-kind=win]")
    assert shown(page) == ["s1", "s2", "s3", "s4"]
    assert page.inner_text("#count") == "4 of 16 rows"


def test_a_search_finds_texts_in_inputs_and_explanations(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b").page
    page.fill("#search", "QUESTION 3?")
    page.get_by_text("2 of 16 rows").wait_for()
    assert shown(page) == ["s3", "s3"]


def test_a_search_takes_its_text_as_it_is(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b").page
    page.fill("#search", ".*(")
    page.get_by_text("None of").wait_for()


def test_the_keyboard_walks_opens_searches_and_closes(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b").page
    only_after(page)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    assert focused(page) == "error, sample s7"
    page.keyboard.press("ArrowDown")
    assert focused(page) == "loss, sample s1"
    page.keyboard.press("k")
    assert focused(page) == "error, sample s7"
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    assert page.locator("tr.detail").count() == 1
    assert page.get_attribute(":focus", "aria-expanded") == "true"
    page.keyboard.press("j")
    assert focused(page) == "loss, sample s2"
    assert "sample s2" in page.inner_text(".pane-head"), "an open detail goes along"
    page.keyboard.press("Escape")
    assert page.locator("tr.detail").count() == 0
    assert focused(page) == "loss, sample s2"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"


def is_in_view(page: Any, selector: str) -> bool:
    """Whether an element lies between the bar at the top and the lower edge of the window."""
    seen: bool = page.evaluate(
        """(selector) => {
          const box = document.querySelector(selector).getBoundingClientRect();
          const bar = document.querySelector(".sections").getBoundingClientRect();
          return box.top >= bar.bottom - 1 && box.bottom <= innerHeight + 1;
        }""",
        selector,
    )
    return seen


def test_enter_leads_from_the_search_to_a_row_whose_detail_is_in_view_and_escape_back(
    open_report: Opener,
) -> None:
    page = open_report(many(120), "big").page
    page.fill("#search", "QUESTION  1")
    page.keyboard.press("Enter")
    assert page.inner_text("#count") == "31 of 120 rows"
    assert focused(page) == "error, sample s11"
    for _ in range(15):
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    assert is_in_view(page, "tr.open")
    assert is_in_view(page, "tr.detail")
    page.focus("#search")
    page.keyboard.press("Escape")
    assert page.locator("tr.detail").count() == 0
    assert page.input_value("#search") == "QUESTION  1", "what is open closes first"
    page.keyboard.press("Escape")
    assert page.input_value("#search") == ""
    assert page.inner_text("#count") == "120 rows"


def test_rows_show_and_find_what_a_sample_brings_and_the_prompt_is_folded(open_report: Opener) -> None:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows("+-"), text="Question {{ input }}?")
    page = open_report(source, "a").page
    assert shown(page, "input") == ["1", "0"]
    page.locator("#samples-body button").first.click()
    assert not page.get_by_text("Question 1?", exact=True).is_visible()
    page.click(".pane summary")
    assert page.get_by_text("Question 1?", exact=True).is_visible()
    page.fill("#search", "question")
    page.get_by_text("None of").wait_for()


def test_print_keeps_every_column_on_a_narrow_page(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b", width=1280).page
    columns = page.locator("#samples-head th").count()
    page.set_viewport_size({"width": 700, "height": 900})
    page.emulate_media(media="print")
    assert page.locator("#samples-head th:visible").count() == columns
    assert page.locator("#samples-body tr.row").first.locator("td:visible").count() == columns
    assert page.locator("#metrics thead").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 700


def test_one_stop_of_the_tab_key_leads_into_the_table(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b").page
    assert page.locator("#samples-body button[tabindex='0']").count() == 1


def test_keys_walk_on_to_the_next_page(open_report: Opener) -> None:
    page = open_report(many(120), "big").page
    page.locator("#samples-body button").nth(49).click()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.inner_text("#page") == "51 to 100 of 120"
    assert page.evaluate("document.activeElement.dataset.position") == "0"


def test_ten_thousand_rows_are_filtered_without_a_wait(open_report: Opener) -> None:
    opened = open_report(many(10_000), "big")
    page = opened.page
    assert page.inner_text("#count") == "10,000 rows"
    assert page.locator("#samples-body tr").count() == 50, "only one page of rows is in the document"
    page.click("[data-kind=fail]")
    assert page.inner_text("#count") == "2,500 of 10,000 rows"
    page.fill("#search", "Question 9999?")
    page.get_by_text("None of").wait_for()
    page.click("[data-kind=fail]")
    assert shown(page) == ["s9999"]
    assert opened.complaints == []


def test_an_error_text_leads_to_its_samples(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b").page
    page.click("#operations .find")
    assert shown(page) == ["s7", "s7"]
    assert focused(page).startswith("error, sample s7")

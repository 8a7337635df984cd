"""The table of samples in a real browser: sort, filter, search, keys."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalkit.report.links import Where, samples_link
from tests.browser.axe import broken
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


def one_sided(marks: str, outputs: list[str]) -> MemorySource:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows(marks, outputs=outputs))
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


def test_only_rows_in_sight_exist_and_keys_walk_to_all_of_them(open_report: Opener) -> None:
    page = open_report(many(3000), "big").page
    table = page.locator("#samples-table")
    assert table.get_attribute("aria-rowcount") == "3001"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("End")
    last = page.locator("#samples-body tr.row").last
    assert last.get_attribute("aria-rowindex") == "3001"
    assert focused(page) == f"pass, sample {last.locator('.id').inner_text()}"
    assert page.locator("#samples-body tr.row").count() < 100
    page.keyboard.press("Home")
    assert page.evaluate("document.activeElement.dataset.position") == "0"


def test_the_focus_and_an_open_detail_stay_when_they_are_scrolled_out_of_sight(open_report: Opener) -> None:
    page = open_report(many(3000), "big").page
    page.locator("#samples-body button").nth(2).click()
    page.evaluate("document.getElementById('samples-box').scrollTop = 90000")
    page.locator("[aria-rowindex='1700']").wait_for()
    assert page.evaluate("document.activeElement.dataset.position") == "2"
    assert page.locator("tr.detail").count() == 1


def test_a_filter_and_an_open_sample_are_in_the_address_and_the_back_button_undoes_them(
    open_report: Opener,
) -> None:
    page = open_report(regressed(), "run-b").page
    page.click("[data-kind=loss]")
    page.locator("#samples-body button").nth(1).click()
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert shown(page) == ["s1", "s2", "s3"]
    assert "sample s2" in page.inner_text(".pane-head")
    page.go_back()
    page.wait_for_selector("tr.detail", state="detached")
    assert shown(page) == ["s1", "s2", "s3"]
    page.go_back()
    page.get_by_text("16 rows", exact=True).wait_for()
    page.go_forward()
    page.get_by_text("3 of 16 rows").wait_for()


def test_a_link_of_another_section_shows_what_it_says(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b").page
    link = samples_link(
        subject="local/small#short", kinds=("loss",), where=[Where("latency_s", 0.115, "over")], query="stion"
    )
    page.evaluate("(link) => { location.hash = link; }", link)
    page.get_by_text("2 of 16 rows").wait_for()
    assert shown(page) == ["s2", "s3"]
    assert page.input_value("#search") == "stion"
    assert page.locator("#conditions li").all_text_contents() == ["latency, s over 0.115×"]
    link = samples_link(task="support/intents", subject="local/small#long", sample="s4")
    page.evaluate("(link) => { location.hash = link; }", link)
    page.wait_for_selector("tr.detail")
    assert "sample s4 · local/small#long" in page.inner_text(".pane-head")


def test_conditions_are_added_by_field_and_taken_off(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b").page
    page.select_option("#field", "turn.exact_match")
    page.select_option("#condition [name=value]", "better")
    page.click("#condition [type=submit]")
    assert shown(page) == ["s4"]
    page.keyboard.press("Enter")
    assert page.locator("#conditions li").count() == 0
    assert page.evaluate("document.activeElement.id") == "field"


def test_a_regular_expression_is_searched_and_a_broken_one_is_told(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b").page
    page.click("#pattern")
    page.fill("#search", "question [23]")
    page.get_by_text("4 of 16 rows").wait_for()
    page.fill("#search", "question [")
    page.get_by_text("The pattern cannot be read").wait_for()


def test_what_is_filtered_is_saved_as_csv_and_jsonl(open_report: Opener, tmp_path: Path) -> None:
    source = one_sided("+-", ["=1+1", 'a "quoted",\nword'])
    opened = open_report(source, "a")
    with opened.page.expect_download() as saved:
        opened.page.click("[data-export=jsonl]")
    saved.value.save_as(tmp_path / "samples.jsonl")
    kept = [json.loads(line) for line in (tmp_path / "samples.jsonl").read_text("utf-8").splitlines()]
    assert [(row["sample_id"], row["output"]) for row in kept] == [
        ("s1", 'a "quoted",\nword'),
        ("s0", "=1+1"),
    ]
    with opened.page.expect_download() as saved:
        opened.page.click("[data-export=csv]")
    saved.value.save_as(tmp_path / "samples.csv")
    with (tmp_path / "samples.csv").open(encoding="utf-8", newline="") as file:
        rows_ = list(csv.DictReader(file))
    assert [row["output"] for row in rows_] == ['a "quoted",\nword', "'=1+1"], "no cell is a formula"
    assert [url for url in opened.requests if not url.startswith(("file:", "blob:"))] == []


def test_all_answers_to_a_sample_stand_together(open_report: Opener) -> None:
    found = rows("+-+")
    responses = [replace(each, sample_id="s0", repeat=i) for i, each in enumerate(found.responses)]
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", replace(found, sample_ids=["s0"] * 3, responses=responses))
    page = open_report(source, "a").page
    page.locator("#samples-body button").first.click()
    answers = page.locator("table.small", has_text="All 3 answers to this sample")
    assert answers.locator("tbody td:nth-child(2)").all_inner_texts() == ["pass", "fail", "pass"]
    answers.get_by_role("button", name="repeat 2").click()
    assert "repeat 2" in page.inner_text(".pane-head")


def test_texts_that_are_packed_apart_are_drawn_once_they_are_unpacked(open_report: Opener) -> None:
    page = open_report(one_sided("-" * 3000, [f"answer {i}" for i in range(3000)]), "a").page
    page.locator("[aria-rowindex='2'] .c-output", has_text="answer 0").wait_for()
    page.evaluate("document.getElementById('samples-box').scrollTop = 1e9")
    page.locator("[aria-rowindex='3001'] .c-output", has_text="answer 2999").wait_for()
    page.fill("#search", "answer 2500")
    page.get_by_text("1 of 3,000 rows").wait_for()


def test_axe_finds_nothing_in_the_table_whatever_is_open(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b").page
    page.click("[data-kind=loss]")
    page.select_option("#field", "latency_s")
    page.fill("#condition [name=value]", "0.01")
    page.click("#condition [type=submit]")
    page.locator("#samples-body button").first.click()
    assert broken(page, within="#samples") == []


def test_rows_fill_the_table_where_columns_are_hidden(open_report: Opener) -> None:
    page = open_report(many(200), "big", width=1000).page
    page.locator("#samples-body button").first.click()
    page.wait_for_function("document.querySelector('tr.detail > td').colSpan === 7")
    end = page.evaluate("document.getElementById('samples-table').getBoundingClientRect().right")
    shown = page.evaluate(
        "Math.max(...[...document.querySelector('tr.row').cells].map((c) => c.getBoundingClientRect().right))"
    )
    assert shown == pytest.approx(end, abs=1.0)

"""Texts, their difference and hostile output in a real browser."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from evalkit.core.message import Media
from tests.browser.conftest import Opener
from tests.unit.report.memory_source import MemorySource, regressed, rows

pytestmark = pytest.mark.browser

HOSTILE = {
    "script": "<script>window.hacked = 1</script>",
    "end of a script": "</script><script>window.hacked = 1</script>",
    "comment": "<!-- <script>window.hacked = 1",
    "image": "<img src=x onerror='window.hacked = 1'>",
    "separators": "a\u2028b\u2029c",
    "surrogate": "lone \ud800",
    "nul": "nul \x00.",
    "override": "\u202egnp.exe",
    "arabic": "مرحبا بالعالم",
    "template": "{{ 7 * 7 }} {% raw %}",
}


def one(*outputs: str) -> MemorySource:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows("-" * len(outputs), outputs=outputs))
    return source


def two(before: str, after: str) -> MemorySource:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows("+", outputs=[before]), model="local/before")
    source.add("a", "f", rows("-", outputs=[after]), model="local/after")
    return source


def open_first(page: Any) -> Any:
    page.locator("#samples-body button").first.click()
    return page.locator(".pane")


def test_hostile_outputs_are_shown_as_text_and_do_nothing(open_report: Opener) -> None:
    expected = HOSTILE | {
        "separators": "a[U+2028]b[U+2029]c",
        "surrogate": "lone \ufffd",
        "nul": "nul [U+0000].",
        "override": "[U+202E]gnp.exe",
    }
    opened = open_report(one(*HOSTILE.values()), "a")
    shown = {}
    for name, row in zip(HOSTILE, opened.page.locator("#samples-body tr.row button").all(), strict=True):
        row.click()
        output = opened.page.locator(".pane figure", has_text="Output").locator(".text").last
        shown[name] = output.inner_text()
        row.click()
    assert shown == expected
    assert opened.page.evaluate("window.hacked") is None
    assert opened.complaints == []


def test_a_megabyte_in_one_line_is_cut_until_it_is_asked_for(open_report: Opener) -> None:
    page = open_report(one("x" * 1_000_000), "a").page
    pane = open_first(page)
    output = pane.locator("figure", has_text="Output").locator(".text").last
    assert len(output.text_content()) == 20_000
    pane.get_by_text("Show all 1,000,000 characters").click()
    assert len(output.text_content()) == 1_000_000
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_difference_is_marked_word_by_word(open_report: Opener) -> None:
    before, after = "The cat sat on the old red mat today.", "The dog sat on the old red mat today."
    page = open_report(two(before, after), "a").page
    page.click("[data-kind=loss]")
    pane = open_first(page)
    assert pane.locator("del").all_inner_texts() == ["cat"]
    assert pane.locator("ins").all_inner_texts() == ["dog"]


def test_the_two_sides_of_a_difference_are_the_two_texts(open_report: Opener) -> None:
    before = "One two three.\nFour, five six seven eight nine ten 東京 is\u00a0large."
    after = "One three.\nFour — five seven SIX eight nine, ten 京都 is large!\n\nMore."
    page = open_report(two(before, after), "a").page
    page.click("[data-kind=loss]")
    boxes = open_first(page).locator(".two").last.locator(".text")
    assert [boxes.nth(i).text_content() for i in (0, 1)] == [before, after]


def test_texts_with_hardly_a_word_in_common_are_left_unmarked(open_report: Opener) -> None:
    page = open_report(two("a b c d e f g h i j k l", "no"), "a").page
    page.click("[data-kind=loss]")
    pane = open_first(page)
    assert pane.locator("del, ins").count() == 0
    assert "hardly a word in common" in pane.inner_text()


def test_the_difference_can_be_taken_against_the_target_or_not_at_all(open_report: Opener) -> None:
    page = open_report(two("yes it is", "yes it was"), "a").page
    page.click("[data-kind=loss]")
    pane = open_first(page)
    pane.locator("[data-mode=off]").click()
    assert pane.locator("del, ins").count() == 0
    pane.locator("[data-mode=target]").click()
    assert pane.locator("ins").all_inner_texts() == [" it was"]


def test_two_long_texts_that_differ_throughout_end_quickly(open_report: Opener) -> None:
    before = " ".join(f"w{i} and" for i in range(3000))
    after = " ".join(f"v{i} and" for i in range(3000))
    page = open_report(two(before, after), "a").page
    page.click("[data-kind=loss]")
    assert open_first(page).locator(".two").last.locator(".text").count() == 2


def test_the_change_of_a_prompt_is_marked(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b").page
    assert page.locator("#prompts .lines ins").all_inner_texts() == [" in one word"]


def test_scores_and_their_explanations_are_shown_for_both_sides(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b").page
    page.click("[data-kind=loss]")
    scores = open_first(page).locator("table.small").first.inner_text()
    assert "exact_match\t1\t0\tno\tgot 'yes', expected 'yes'\tgot 'no', expected 'yes'" in scores


def test_an_image_is_shown_from_the_file_itself(open_report: Opener) -> None:
    dot = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
    )
    source = one("a dot")
    media = Media.of(dot, "image/png", "dot.png")
    source.media_by_hash[media.sha256] = media
    found = source.observations_of["e"]
    shown = [replace(each, media=(media.sha256,)) for each in found.responses]
    source.observations_of["e"] = replace(found, responses=shown)
    opened = open_report(source, "a")
    image = open_first(opened.page).locator("img")
    assert image.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 1
    assert opened.complaints == []

"""The page as a whole in a real browser: no network, contrast, narrow screens, print."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.estimate import Estimate
from tests.browser.conftest import Opener
from tests.browser.tab import Opened
from tests.unit.report.memory_source import MemorySource, regressed, rows

pytestmark = pytest.mark.browser

FAINT_TEXTS = (Path(__file__).parent / "faint_texts.js").read_text("utf-8")


def everything_open(opened: Opened) -> Any:
    page = opened.page
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    page.click("[data-kind=loss]")
    page.locator("#samples-body button").first.click()
    return page


def partial_and_broken() -> MemorySource:
    source = regressed()
    source.run_by_id["run-b"] = replace(source.run_by_id["run-b"], is_partial=True, status="interrupted")
    return source


def test_the_page_asks_the_network_for_nothing_and_complains_of_nothing(open_report: Opener) -> None:
    opened = open_report(regressed(), "run-b")
    everything_open(opened)
    assert [url for url in opened.requests if not url.startswith("file:")] == []
    assert len(opened.requests) == 1
    assert opened.complaints == []


def test_a_compressed_report_opens_from_its_file_too(open_report: Opener) -> None:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows("+-" * 3000))
    opened = open_report(source, "a")
    assert opened.page.get_attribute("#payload", "type") == "application/gzip"
    assert opened.page.inner_text("#count") == "6,000 rows"
    assert len(opened.requests) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(open_report: Opener, scheme: str) -> None:
    page = everything_open(open_report(partial_and_broken(), "run-b", scheme=scheme))
    assert page.evaluate(FAINT_TEXTS) == []


def test_dark_follows_the_system_and_a_button_turns_it(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b", scheme="dark").page
    color = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(color)
    page.click("#theme")
    assert page.evaluate(color) != dark
    assert page.inner_text("#theme") == "Dark"
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.evaluate(color) != dark, "the choice is kept"


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_no_width_scrolls_sideways(open_report: Opener, width: int) -> None:
    page = everything_open(open_report(partial_and_broken(), "run-b", width=width))
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def many_differences() -> MemorySource:
    """Four tasks with two subjects each, so that every difference has its q."""
    source = MemorySource()
    source.add_run("run-b")
    for task in ("support/intents", "sums", "names", "dates"):
        for prompt, marks in (("a-prompt-with-a-long-name", "+" * 20), ("short", "+" * 8 + "-" * 12)):
            name = f"{task}-{prompt}"
            specs = {"accuracy": ["accuracy", {}]}
            source.add("run-b", name, rows(marks), task=task, prompt=prompt, metric_specs=specs)
            source.estimates_of[name] = [Estimate("accuracy", 0.5, 0.4, 0.6, 20, "accuracy|v1")]
    return source


@pytest.mark.parametrize("width", [390, 1280])
def test_differences_with_their_q_scroll_no_page_sideways(open_report: Opener, width: int) -> None:
    page = open_report(many_differences(), "run-b", width=width).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("td[data-label=q]", has_text="●").first.is_visible()


@pytest.mark.parametrize(("place", "width"), [("#metrics", 760), ("main", 900), ("main", 1280)])
def test_no_table_scrolls_inside_the_page(open_report: Opener, place: str, width: int) -> None:
    page = open_report(many_differences(), "run-b", width=width).page
    beyond = "(all) => all.map((each) => each.scrollWidth - each.clientWidth).filter((n) => n > 0)"
    assert page.eval_on_selector_all(f"{place} .scroll", beyond) == []


def test_no_number_runs_into_the_next_column(open_report: Opener) -> None:
    source = many_differences()
    for estimates in source.estimates_of.values():
        estimates[0] = replace(estimates[0], value=1234.5, low=-12345.6, high=123456.7)
    page = open_report(source, "run-b").page
    beyond = "(all) => all.filter((each) => each.scrollWidth > each.clientWidth).length"
    assert page.eval_on_selector_all("#metrics td", beyond) == 0


def test_a_narrow_screen_names_what_it_shows(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b", width=390).page
    assert not page.locator("#metrics thead").is_visible()
    label = "getComputedStyle(document.querySelector('#metrics td.number'), '::before').content"
    assert page.evaluate(label) == '"Value"'


def test_no_verdict_hangs_on_colour_alone(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b").page
    for badge in page.locator(".badge").all():
        assert badge.locator("svg.icon").count() == 1
        assert badge.inner_text().strip() in ("pass", "fail", "undecided", "error")


def test_every_control_has_a_name(open_report: Opener) -> None:
    page = everything_open(open_report(regressed(), "run-b"))
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, summary, a")]
        .filter((e) => e.checkVisibility())
        .filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.[0]?.textContent))
        .map((e) => e.outerHTML)"""
    )
    assert nameless == []


def test_ids_that_are_referred_to_exist(open_report: Opener) -> None:
    page = everything_open(open_report(regressed(), "run-b"))
    missing = page.evaluate(
        """() => ["aria-labelledby", "aria-describedby", "aria-controls"]
        .flatMap((name) => [...document.querySelectorAll(`[${name}]:not([aria-expanded=false])`)]
          .map((e) => e.getAttribute(name)))
        .filter((id) => !document.getElementById(id))"""
    )
    assert missing == []


def test_print_shows_verdicts_on_white_without_controls(open_report: Opener) -> None:
    page = open_report(regressed(), "run-b", scheme="dark").page
    page.emulate_media(media="print")
    assert page.locator("#verdicts .badge").first.is_visible()
    assert not page.locator("#filters").is_visible()
    assert page.evaluate(FAINT_TEXTS) == []

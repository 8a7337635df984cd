"""The index of a folder of reports in a real browser: its table, filters, address and keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalkit.report.index import write_index
from tests.browser.axe import LOOKS, violations
from tests.browser.tab import Opened, Tab
from tests.unit.report.test_report_index import a_value, put, summary

pytestmark = pytest.mark.browser

#: Of all reports one in four failed; the last has a task of its own.
N = 60


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    for at in range(N):
        outcome = "fail" if at % 4 == 3 else "pass"
        put(
            folder,
            summary(
                f"run-{at:02}", float(at), outcome=outcome, verdicts={outcome: 1},
                git_branch=f"branch-{at % 2}", values=[a_value(at / 100, outcome=outcome)],
            ),
        )  # fmt: skip
    other = ["<b>other</b>", "local/small", "accuracy", 0.5, True, "pass", "0.500"]
    put(folder, summary("last", 99.0, tasks=["<b>other</b>"], values=[other]))
    return write_index(folder)


def runs(page: Any) -> list[str]:
    """The runs that are listed, top to bottom."""
    texts: list[str] = page.locator("#rows a").all_inner_texts()
    return texts


def test_the_newest_stand_first_fifty_at_a_time(index: Path, tab: Tab) -> None:
    opened = tab.open(index.as_uri())
    page = opened.page
    assert runs(page) == ["last", *(f"run-{at:02}" for at in range(N - 1, N - 50, -1))]
    assert page.inner_text("#page") == "page 1 of 2"
    page.click("#next")
    assert runs(page) == [f"run-{at:02}" for at in range(10, -1, -1)]
    assert page.is_disabled("#next")
    assert nothing_is_wrong(opened)


def nothing_is_wrong(opened: Opened) -> bool:
    return opened.complaints == [] and all(url.startswith("file:") for url in opened.requests)


def test_outcome_branch_and_words_of_a_search_all_have_to_hold(index: Path, tab: Tab) -> None:
    page = tab.open(index.as_uri()).page
    page.click("[data-outcome=fail]")
    assert page.inner_text("#count") == "15 of 61 reports"
    page.select_option("#branch", "branch-1")
    page.fill("#search", "RUN-1 intents")
    assert runs(page) == ["run-19", "run-15", "run-11"]
    page.fill("#search", "no such run")
    assert page.inner_text("#count") == "0 of 61 reports"


def test_what_is_chosen_stands_in_the_address_and_is_there_again(index: Path, tab: Tab) -> None:
    page = tab.open(index.as_uri()).page
    page.click("[data-outcome=pass]")
    page.fill("#search", "run-3")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.get_attribute("[data-outcome=pass]", "aria-pressed") == "true"
    assert runs(page) == [f"run-{at}" for at in range(38, 29, -1) if at % 4 != 3]
    again = tab.open_beside(f"{index.as_uri()}#branch=branch-0&page=2").page
    assert again.input_value("#branch") == "branch-0"
    assert again.inner_text("#count") == "30 of 61 reports"
    assert again.is_hidden("#pages"), "thirty rows need no second page"


def test_a_task_that_is_chosen_shows_its_own_line_alone(index: Path, tab: Tab) -> None:
    page = tab.open(index.as_uri()).page
    assert page.locator("tr[data-task]:visible").count() == 2
    page.select_option("#task", "<b>other</b>")
    assert page.locator("tr[data-task]:visible").all_inner_texts()[0].startswith("<b>other</b>")
    assert page.locator("tr[data-task]:visible").count() == 1
    assert runs(page) == ["last"]


def test_a_slash_leads_to_the_search_and_a_run_to_its_report(index: Path, tab: Tab) -> None:
    page = tab.open(index.as_uri()).page
    page.keyboard.press("/")
    page.keyboard.type("run-07")
    page.click("#rows a")
    page.wait_for_url("**/run-07.html")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 700)])
def test_axe_finds_nothing_wrong(index: Path, tab: Tab, scheme: str, width: int) -> None:
    page = tab.open(index.as_uri(), width=width, scheme=scheme).page
    assert violations(page, LOOKS if scheme == "dark" else None) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width

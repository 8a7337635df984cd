"""What a comparison is told with, in a real browser."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.core.message import Message
from evalkit.core.observations import Observations
from tests.browser.conftest import Opener
from tests.unit.report.lost_answers import answered, compared

pytestmark = pytest.mark.browser


def called(name: str, right: bool, n_before: int = 1) -> Observations:
    """One sample of an agent that looks a file up, so many times, then calls ``name``."""
    calls = [
        {"id": str(i), "type": "function", "function": {"name": each, "arguments": '{"path": "a.txt"}'}}
        for i, each in enumerate(["find"] * n_before + [name])
    ]
    way = [Message("user", "Show the file.")]
    for i, call in enumerate(calls[:-1]):
        way += [Message("assistant", "", tool_calls=(call,)), Message("tool", "found", tool_call_id=str(i))]
    way.append(Message("assistant", "", tool_calls=(calls[-1],)))
    found = answered(["done"], [right])
    (response,) = found.responses
    return replace(found, responses=[replace(response, trajectory=tuple(way))])


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (700, "dark")])
def test_the_answer_and_its_picture_fit_the_window(open_report: Opener, width: int, scheme: str) -> None:
    before, now = answered(["yes"] * 4, [True] * 4), answered(["no"] * 4, [False] * 4)
    page = open_report(compared(before, now), "new", width=width, scheme=scheme).page
    assert page.locator(".answer p").first.inner_text().startswith("Accuracy fell from 0.500 to 0.250")
    assert "gate failed" in page.locator(".forest svg[role=img]").get_attribute("aria-label")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_ways_of_two_agents_stand_side_by_side_as_steps(open_report: Opener) -> None:
    opened = open_report(compared(called("show", True), called("delete", False)), "new")
    opened.page.locator("#samples-body button").first.click()
    steps = opened.page.locator(".pane .steps")
    assert steps.locator("summary").first.inner_text() == (
        "Steps: 3, with 2 calls; baseline 3, with 2 calls; the calls differ from step 3 on"
    )
    assert steps.locator("ol").last.locator(".call code").all_inner_texts() == [
        'find(path="a.txt")', 'delete(path="a.txt")',
    ]  # fmt: skip
    assert steps.locator(".result").first.inner_text() == "→ found"
    assert opened.complaints == []


def test_steps_that_both_took_are_folded_away_but_the_last(open_report: Opener) -> None:
    page = open_report(compared(called("show", True, 5), called("delete", False, 5)), "new").page
    page.locator("#samples-body button").first.click()
    ways = page.locator(".pane .steps figure")
    assert (
        ways.locator("details.alike > summary").all_inner_texts() == ["Steps 1 to 5, with the same calls"] * 2
    )
    shown = ways.last.locator("> div > ol")
    assert shown.get_attribute("start") == "6"
    assert shown.locator(".call code").all_inner_texts() == ['find(path="a.txt")', 'delete(path="a.txt")']


@pytest.mark.parametrize("width", [1400, 700])
def test_no_bar_lies_over_a_part_of_the_filters_when_a_row_is_opened(open_report: Opener, width: int) -> None:
    before, now = answered(["yes"] * 60, [True] * 60), answered(["no"] * 60, [False] * 60)
    page = open_report(compared(before, now), "new", width=width).page
    page.locator("#samples-body button").first.click()
    bar, status = (page.locator(each).bounding_box() for each in (".sections", ".status"))
    assert bar["y"] + bar["height"] <= 0 < status["y"] + status["height"]

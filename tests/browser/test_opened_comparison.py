"""What a comparison is told with, in a real browser."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.core.message import Message
from evalkit.core.observations import Observations
from tests.browser.conftest import Opener
from tests.unit.report.lost_answers import answered, compared

pytestmark = pytest.mark.browser


def called(name: str, right: bool) -> Observations:
    """One sample of an agent that looks a file up, then calls ``name``."""
    calls = [
        {"id": str(i), "type": "function", "function": {"name": each, "arguments": '{"path": "a.txt"}'}}
        for i, each in enumerate(("find", name))
    ]
    way = [Message("user", "Show the file."), Message("assistant", "", tool_calls=(calls[0],))]
    way += [Message("tool", "found", tool_call_id="0"), Message("assistant", "", tool_calls=(calls[1],))]
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

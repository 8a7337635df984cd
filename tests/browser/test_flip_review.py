"""Ten flips reviewed without a mouse: find what got worse, read it, go on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Opener
from tests.unit.report.memory_source import MemorySource, rows

pytestmark = pytest.mark.browser

N_FLIPS = 10
#: Presses of Tab until the chip that keeps losses has the focus.
MOST_TABS = 40

FOCUSED = "document.activeElement"


def ten_flips() -> MemorySource:
    """Thirty samples; every third was right and is wrong now, each in words of its own."""
    source = MemorySource()
    source.add_run("run-b")
    said = [f"answer {i} is {'no' if i % 3 == 0 else 'yes'}" for i in range(3 * N_FLIPS)]
    source.add("run-b", "before", rows("+" * 3 * N_FLIPS), prompt="long")
    source.add("run-b", "after", rows("-++" * N_FLIPS, outputs=said), prompt="short")
    return source


def is_seen(page: Any) -> bool:
    """Whether the focus is on the screen and drawn."""
    top, bottom, style, width = page.evaluate(
        f"""() => {{ const {{ top, bottom }} = {FOCUSED}.getBoundingClientRect();
        const {{ outlineStyle, outlineWidth }} = getComputedStyle({FOCUSED});
        return [top, innerHeight - bottom, outlineStyle, parseFloat(outlineWidth)]; }}"""
    )
    return bool(min(top, bottom) >= 0 and style != "none" and width > 0)


@pytest.mark.parametrize("width", [1400, 700])
def test_ten_flips_are_reviewed_with_the_keyboard_alone(open_report: Opener, width: int) -> None:
    page = open_report(ten_flips(), "run-b", width=width).page
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        assert is_seen(page)
        if page.evaluate(f"{FOCUSED}.dataset.kind") == "loss":
            break
    page.keyboard.press("Space")
    assert page.inner_text("#count").startswith(f"{N_FLIPS} of {2 * 3 * N_FLIPS} rows")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    read = []
    for _ in range(N_FLIPS):
        assert page.evaluate(f"{FOCUSED}.getAttribute('aria-expanded')") == "true"
        assert is_seen(page)
        read.append(page.locator("tr.detail").inner_text())
        page.keyboard.press("j")
    assert [f"answer {3 * i} is no" in text for i, text in enumerate(read)] == [True] * N_FLIPS
    page.keyboard.press("Escape")
    assert page.locator("tr.detail").count() == 0
    assert page.evaluate(f"{FOCUSED}.getAttribute('aria-label')").startswith("loss, sample s27")

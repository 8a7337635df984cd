"""axe-core on an opened page: what it finds wrong for people who see little, hear it, or use no mouse."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

#: WCAG 2.2 up to AA, and what Deque knows to be good practice.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
CONTRAST = {"runOnly": ["color-contrast"]}
#: What a scheme or a width can break that another one does not.
LOOKS = {"runOnly": ["color-contrast", "target-size"]}


def violations(page: Any, options: dict[str, Any] | None = None) -> list[str]:
    """One line for each rule that is broken: its name, how often, where first and why; of all rules but for
    what ``options`` say."""
    found = broken(page, options or {"runOnly": {"type": "tag", "values": list(TAGS)}})
    return [_line(each) for each in found]


def broken(page: Any, options: dict[str, Any] | None = None, within: str = "html") -> list[dict[str, Any]]:
    """The rules that a page breaks as it is, as axe tells them; of all rules but for what ``options`` say."""
    if not page.evaluate("'axe' in window"):  # reading it takes longer than many a rule
        page.evaluate(_script())
    arguments = [within, {"resultTypes": ["violations"], **(options or {})}]
    found: list[dict[str, Any]] = page.evaluate(
        "async ([within, options]) => (await axe.run(within, options)).violations", arguments
    )
    return found


def places(page: Any, within: str = "html", *, is_dark_too: bool = True) -> list[str]:
    """The same of all rules in the light and in the dark, one line for each place. Of them, contrast alone
    knows the scheme."""
    found = broken(page, within=within)
    if is_dark_too:
        page.emulate_media(color_scheme="dark")
        found += broken(page, CONTRAST, within)
        page.emulate_media(color_scheme="light")
    return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]]


@cache
def _script() -> str:
    module = pytest.importorskip("axe_playwright_python.base", reason="axe is not installed (extra dev)")
    script: str = module.AXE_SCRIPT
    return script


def _line(violation: dict[str, Any]) -> str:
    first = violation["nodes"][0]
    why = " ".join(first["failureSummary"].split())
    return f"{violation['id']} ({len(violation['nodes'])}): {' '.join(map(str, first['target']))}: {why}"

"""axe-core on an opened page: what it finds wrong for people who see little, hear it, or use no mouse."""

from __future__ import annotations

from typing import Any

#: WCAG 2.2 up to AA, and what Deque knows to be good practice.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def violations(page: Any) -> list[str]:
    """One line for each rule that is broken: its name, how often, where first and why."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": list(TAGS)}}
    found = Axe().run(page, options=options).response["violations"]
    return [_line(each) for each in found]


def _line(violation: dict[str, Any]) -> str:
    first = violation["nodes"][0]
    why = " ".join(first["failureSummary"].split())
    return f"{violation['id']} ({len(violation['nodes'])}): {' '.join(map(str, first['target']))}: {why}"

"""What the Makefile offers."""

from __future__ import annotations

import re
from functools import cache

from tests.architecture.tree import ROOT


@cache
def targets() -> frozenset[str]:
    """The names that ``make`` takes."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return frozenset(re.findall(r"^([a-z][\w-]*):(?!=)", text, re.MULTILINE))

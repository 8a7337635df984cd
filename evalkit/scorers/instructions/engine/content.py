"""``detectable_content:``: placeholders and postscripts."""

from __future__ import annotations

import re

from evalkit.limits.patterns import BoundedPattern
from evalkit.scorers.instructions.engine.parameters import Parameters

_BRACKETS = BoundedPattern.of(r"\[.*?\]")
_POSTSCRIPTS = {"P.S.": r"p\.\s?s\.", "P.P.S": r"p\.\s?p\.\s?s"}


def number_placeholders(response: str, given: Parameters) -> bool:
    """At least ``num_placeholders`` texts in square brackets, each on one line."""
    return len(_BRACKETS.every(response)) >= given.number("num_placeholders")


def postscript(response: str, given: Parameters) -> bool:
    """``postscript_marker`` occurs, case aside; in ``P.S.`` and ``P.P.S`` a space may stand after a dot."""
    marker = given.text("postscript_marker")
    pattern = _POSTSCRIPTS.get(marker) or re.escape(marker.lower())
    return re.search(pattern, response.lower()) is not None

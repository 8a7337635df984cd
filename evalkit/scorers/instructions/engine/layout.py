"""``detectable_format:``: lists, highlights, sections, titles, JSON, one of three answers."""

from __future__ import annotations

import json
import re

from evalkit.limits.patterns import BoundedPattern
from evalkit.scorers.instructions.engine.parameters import Parameters

_ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_STARRED = re.compile(r"^\s*\*[^\*].*$", re.MULTILINE)
_DASHED = re.compile(r"^\s*-.*$", re.MULTILINE)
_TITLES = BoundedPattern.of(r"<<[^\n]+>>")
_FENCES = ("```json", "```Json", "```JSON", "```")


def number_bullet_lists(response: str, given: Parameters) -> bool:
    """Exactly ``num_bullets`` lines that begin with ``-``, or with one ``*`` and something after it."""
    n = len(_STARRED.findall(response)) + len(_DASHED.findall(response))
    return n == given.number("num_bullets")


def constrained_response(response: str, given: Parameters) -> bool:
    """One of the three answers of the paper stands in the text, to the letter."""
    return any(answer in response for answer in _ANSWERS)


def number_highlighted_sections(response: str, given: Parameters) -> bool:
    """At least ``num_highlights`` texts between single or double asterisks, each on one line.

    Both kinds are looked for by themselves, as in the reference, so that ``***both***`` counts twice.
    """
    single = [text.strip("*") for text in re.findall(r"\*[^\n\*]*\*", response)]
    double = [text[2:-2] for text in re.findall(r"\*\*[^\n\*]*\*\*", response)]
    return sum(bool(text.strip()) for text in single + double) >= given.number("num_highlights")


def multiple_sections(response: str, given: Parameters) -> bool:
    """``section_spliter`` with a number after it occurs at least ``num_sections`` times."""
    mark = re.escape(given.text("section_spliter"))
    return len(re.findall(rf"{mark}\s?\d+", response)) >= given.number("num_sections")


def title(response: str, given: Parameters) -> bool:
    """A text in double angular brackets on one line, ``<<poem of joy>>``."""
    return any(found.lstrip("<").rstrip(">").strip() for found in _TITLES.every(response))


def json_format(response: str, given: Parameters) -> bool:
    """The whole text is JSON, a fence around it aside."""
    text = response.strip()
    for fence in _FENCES:
        text = text.removeprefix(fence)
    try:
        json.loads(text.removesuffix("```").strip())
    except (ValueError, RecursionError):
        return False
    return True

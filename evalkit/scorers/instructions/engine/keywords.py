"""``keywords:``: words and letters that must or must not occur. Case is passed over throughout."""

from __future__ import annotations

import re

from evalkit.errors import ScorerError
from evalkit.scorers.instructions.engine.parameters import Parameters


def existence(response: str, given: Parameters) -> bool:
    """Each of ``keywords`` occurs, inside other words too."""
    lower = response.lower()
    return all(keyword.lower() in lower for keyword in given.texts("keywords"))


def frequency(response: str, given: Parameters) -> bool:
    """``keyword`` occurs ``relation`` ``frequency`` times, inside other words too, without overlap."""
    n = response.lower().count(given.text("keyword").lower())
    return given.compares(n, "frequency", "relation")


def forbidden_words(response: str, given: Parameters) -> bool:
    """None of ``forbidden_words`` occurs as a whole word."""
    words = "|".join(re.escape(word) for word in given.texts("forbidden_words"))
    return re.search(rf"\b(?:{words})\b", response, re.IGNORECASE) is None


def letter_frequency(response: str, given: Parameters) -> bool:
    """The character ``letter`` occurs ``let_relation`` ``let_frequency`` times.

    Any character counts. The reference takes a random letter in place of ``!`` and ``#``, which two of the
    benchmark's prompts ask for.
    """
    letter = given.text("letter")
    if len(letter) != 1:
        raise ScorerError(f"instruction keywords:letter_frequency: letter {letter!r} is not one character")
    return given.compares(response.lower().count(letter.lower()), "let_frequency", "let_relation")

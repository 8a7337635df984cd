"""``change_case:``, ``punctuation:`` and ``startend:``: letters, commas, how a text begins and ends."""

from __future__ import annotations

from evalkit.scorers.instructions.engine.language import is_english
from evalkit.scorers.instructions.engine.parameters import Parameters
from evalkit.scorers.instructions.engine.tokens import words


def english_capital(response: str, given: Parameters) -> bool:
    """English without a small letter."""
    return response.isupper() and is_english(response)


def english_lowercase(response: str, given: Parameters) -> bool:
    """English without a capital letter."""
    return response.islower() and is_english(response)


def capital_word_frequency(response: str, given: Parameters) -> bool:
    """``capital_relation`` ``capital_frequency`` words in capitals, NLTK's words (``U.S.-based`` is one)."""
    n = sum(word.isupper() for word in words(response))
    return given.compares(n, "capital_frequency", "capital_relation")


def no_comma(response: str, given: Parameters) -> bool:
    """No comma anywhere."""
    return "," not in response


def end_checker(response: str, given: Parameters) -> bool:
    """The text ends with ``end_phrase``, case and double quotes around the whole aside."""
    return response.strip().strip('"').lower().endswith(given.text("end_phrase").lower())


def quotation(response: str, given: Parameters) -> bool:
    """Double quotes stand around the whole text."""
    text = response.strip()
    return len(text) > 1 and text[0] == text[-1] == '"'

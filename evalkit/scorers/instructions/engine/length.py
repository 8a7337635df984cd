"""``length_constraints:``: how many sentences, paragraphs and words."""

from __future__ import annotations

import re

from evalkit.scorers.instructions.engine.parameters import Parameters
from evalkit.scorers.instructions.engine.tokens import n_words, sentences

_DIVIDER = re.compile(r"\s?\*\*\*\s?")
_END_OF_WORD = re.compile(r"[.,?!'\"]")


def number_sentences(response: str, given: Parameters) -> bool:
    """``relation`` ``num_sentences`` sentences by Punkt's English model."""
    return given.compares(len(sentences(response)), "num_sentences", "relation")


def number_words(response: str, given: Parameters) -> bool:
    r"""``relation`` ``num_words`` runs of word characters (``\w+``), as NLTK finds them."""
    return given.compares(n_words(response), "num_words", "relation")


def number_paragraphs(response: str, given: Parameters) -> bool:
    """Exactly ``num_paragraphs`` parts between dividers ``***``; only the outer two may be empty."""
    parts = [part.strip() for part in _DIVIDER.split(response)]
    if not all(parts[1:-1]):
        return False
    return sum(map(bool, parts)) == given.number("num_paragraphs")


def nth_paragraph_first_word(response: str, given: Parameters) -> bool:
    """Exactly ``num_paragraphs`` parts between blank lines, and part ``nth_paragraph`` (from 1, empty ones
    counted) begins with ``first_word``, case aside and up to the first punctuation mark."""
    parts = response.split("\n\n")
    n_parts = sum(bool(part.strip()) for part in parts)
    nth = given.number("nth_paragraph")
    if not 1 <= nth <= n_parts:
        return False
    opening = parts[nth - 1].split()
    if not opening:
        return False
    word = _END_OF_WORD.split(opening[0].lstrip("'").lstrip('"'))[0]
    return n_parts == given.number("num_paragraphs") and word.lower() == given.text("first_word").lower()

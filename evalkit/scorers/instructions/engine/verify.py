"""From an instruction's id to the verdict on a response, strict or loose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from evalkit.errors import ScorerError, did_you_mean
from evalkit.scorers.instructions.engine import (
    combination,
    content,
    keywords,
    language,
    layout,
    length,
    surface,
)
from evalkit.scorers.instructions.engine.parameters import Parameters

#: The 25 instructions of IFEval, by the ids of its data set.
CHECKS: Mapping[str, Callable[[str, Parameters], bool]] = {
    "change_case:capital_word_frequency": surface.capital_word_frequency,
    "change_case:english_capital": surface.english_capital,
    "change_case:english_lowercase": surface.english_lowercase,
    "combination:repeat_prompt": combination.repeat_prompt,
    "combination:two_responses": combination.two_responses,
    "detectable_content:number_placeholders": content.number_placeholders,
    "detectable_content:postscript": content.postscript,
    "detectable_format:constrained_response": layout.constrained_response,
    "detectable_format:json_format": layout.json_format,
    "detectable_format:multiple_sections": layout.multiple_sections,
    "detectable_format:number_bullet_lists": layout.number_bullet_lists,
    "detectable_format:number_highlighted_sections": layout.number_highlighted_sections,
    "detectable_format:title": layout.title,
    "keywords:existence": keywords.existence,
    "keywords:forbidden_words": keywords.forbidden_words,
    "keywords:frequency": keywords.frequency,
    "keywords:letter_frequency": keywords.letter_frequency,
    "language:response_language": language.response_language,
    "length_constraints:nth_paragraph_first_word": length.nth_paragraph_first_word,
    "length_constraints:number_paragraphs": length.number_paragraphs,
    "length_constraints:number_sentences": length.number_sentences,
    "length_constraints:number_words": length.number_words,
    "punctuation:no_comma": surface.no_comma,
    "startend:end_checker": surface.end_checker,
    "startend:quotation": surface.quotation,
}


def followed(
    instruction: str, parameters: Mapping[str, Any], response: str, *, is_loose: bool = False
) -> bool:
    """Whether a response follows an instruction; an empty one follows none.

    Loose: whether the response or any of ``relaxed`` does. Raises ScorerError on an unknown instruction and
    on missing or wrong parameters, MissingExtraError without the packages of the extra ``ifeval``.
    """
    check = CHECKS.get(instruction)
    if check is None:
        raise ScorerError(f"unknown instruction {instruction!r}", hint=did_you_mean(instruction, CHECKS))
    given = Parameters(instruction, parameters)
    candidates = relaxed(response) if is_loose else (response,)
    return any(check(candidate, given) for candidate in candidates if candidate.strip())


def relaxed(response: str) -> tuple[str, ...]:
    """The response with its first line, its last line or both left out, each also without asterisks.

    First the response as it is; eight texts in all, those that are equal once.
    """
    lines = response.split("\n")
    parts = [lines[1:], lines[:-1], lines[1:-1]]
    texts = [response, *("\n".join(part).strip() for part in parts)]
    return tuple(dict.fromkeys([*texts, *(text.replace("*", "") for text in texts)]))

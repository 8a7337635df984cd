"""Each of the 25 instructions: a response that follows it, one that does not, and the edge between them."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.errors import ScorerError
from evalkit.scorers.instructions.engine.verify import CHECKS, followed, relaxed

Case = tuple[str, dict[str, Any], str, bool]

TWO_ANSWERS = "One answer.\n******\nAnother answer."
ENGLISH = "The quick brown fox jumps over the lazy dog and then it goes home to sleep"
GERMAN = "Das ist ein ganz gewöhnlicher deutscher Satz, wie man ihn überall lesen kann."


WORDS = {"relation": "at least", "num_words": 3}
SENTENCES = {"relation": "less than", "num_sentences": 3}
PARAGRAPHS = {"num_paragraphs": 2}
NTH = {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Elm"}
CAPITALS = {"capital_relation": "at least", "capital_frequency": 2}
FEW_CAPITALS = {**CAPITALS, "capital_relation": "less than"}
DAYS = {"section_spliter": "Day", "num_sections": 2}
HASH = {"letter": "#", "let_frequency": 2, "let_relation": "at least"}
WAR = {"keyword": "war", "frequency": 2, "relation": "at least"}
Q = {"letter": "Q", "let_frequency": 2, "let_relation": "less than"}

CASES: list[Case] = [
    ("change_case:capital_word_frequency", CAPITALS, "NASA and the U.S. agree", True),
    ("change_case:capital_word_frequency", CAPITALS, "NASA agrees", False),
    ("change_case:capital_word_frequency", CAPITALS, "NASA-ESA is one word", False),
    ("change_case:capital_word_frequency", FEW_CAPITALS, "NASA agrees", True),
    ("change_case:english_capital", {}, ENGLISH.upper(), True),
    ("change_case:english_capital", {}, ENGLISH, False),
    ("change_case:english_capital", {}, GERMAN.upper(), False),
    ("change_case:english_capital", {}, "123 !", False),
    ("change_case:english_lowercase", {}, ENGLISH.lower(), True),
    ("change_case:english_lowercase", {}, ENGLISH, False),
    ("change_case:english_lowercase", {}, GERMAN.lower(), False),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Say hi."}, " say HI. Hi!", True),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Say hi."}, "Sure. Say hi. Hi!", False),
    ("combination:two_responses", {}, TWO_ANSWERS, True),
    ("combination:two_responses", {}, f"******{TWO_ANSWERS}******", True),
    ("combination:two_responses", {}, "Same.\n******\nSame.", False),
    ("combination:two_responses", {}, "One.\n******\n******\nTwo.", False),
    ("combination:two_responses", {}, "One. ****** Two. ****** Three.", False),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[name] in [city]", True),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[name]", False),
    ("detectable_content:number_placeholders", {"num_placeholders": 1}, "[over\ntwo lines]", False),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "Bye.\np. s. see you", True),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "Bye. PS see you", False),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "Bye. P.P.S see you", True),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "Bye. P.S. see you", False),
    ("detectable_content:postscript", {"postscript_marker": "N.B. (!)"}, "Bye. n.b. (!)", True),
    ("detectable_format:constrained_response", {}, "Well. My answer is maybe. I think.", True),
    ("detectable_format:constrained_response", {}, "My answer is Yes.", False),
    ("detectable_format:json_format", {}, '{"a": [1, 2]}', True),
    ("detectable_format:json_format", {}, '```json\n{"a": 1}\n```', True),
    ("detectable_format:json_format", {}, 'Here: {"a": 1}', False),
    ("detectable_format:json_format", {}, "[" * 100_000, False),
    ("detectable_format:multiple_sections", DAYS, "Day 1 a\nDay2 b", True),
    ("detectable_format:multiple_sections", DAYS, "Day 1 a Day b", False),
    ("detectable_format:multiple_sections", {"section_spliter": "Day", "num_sections": 1}, "day 1", False),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* one\n - two", True),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* one\n* two\n* three", False),
    ("detectable_format:number_bullet_lists", {"num_bullets": 1}, "**bold**\n* one", True),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*one* and **two**", True),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*one* and ** **", False),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 1}, "*over\nlines*", False),
    ("detectable_format:title", {}, "<<poem of joy>>\nWords.", True),
    ("detectable_format:title", {}, "<< >>", False),
    ("detectable_format:title", {}, "<poem>", False),
    ("keywords:existence", {"keywords": ["Rock", "roll"]}, "We will ROCK and are rolling", True),
    ("keywords:existence", {"keywords": ["rock", "roll"]}, "We will rock", False),
    ("keywords:existence", {"keywords": ["c++ (or c)"]}, "I like C++ (or C).", True),
    ("keywords:forbidden_words", {"forbidden_words": ["cat"]}, "A category of its own", True),
    ("keywords:forbidden_words", {"forbidden_words": ["dog", "cat"]}, "The Cat.", False),
    ("keywords:frequency", WAR, "War and warfare", True),
    ("keywords:frequency", WAR, "war", False),
    ("keywords:frequency", {**WAR, "relation": "less than"}, "war", True),
    ("keywords:frequency", {**WAR, "relation": "less than"}, "war war", False),
    ("keywords:letter_frequency", Q, "Quite", True),
    ("keywords:letter_frequency", Q, "Quite a quest", False),
    ("keywords:letter_frequency", {**Q, "let_relation": "at least"}, "Quite a quest", True),
    ("keywords:letter_frequency", HASH, "# a # b", True),
    ("keywords:letter_frequency", HASH, "# a b", False),
    ("language:response_language", {"language": "de"}, GERMAN, True),
    ("language:response_language", {"language": "de"}, ENGLISH, False),
    ("language:response_language", {"language": "de"}, "123 456", True),
    ("length_constraints:nth_paragraph_first_word", NTH, "First.\n\n'elm. Trees", True),
    ("length_constraints:nth_paragraph_first_word", NTH, "First.\n\nElms are trees", False),
    ("length_constraints:nth_paragraph_first_word", NTH, "First.\n\nElm\n\nThird", False),
    ("length_constraints:nth_paragraph_first_word", NTH, "First.\n\n\n\nElm", False),
    ("length_constraints:nth_paragraph_first_word", NTH, "Elm", False),
    ("length_constraints:number_paragraphs", PARAGRAPHS, "One\n***\nTwo", True),
    ("length_constraints:number_paragraphs", PARAGRAPHS, "***\nOne\n***\nTwo\n***", True),
    ("length_constraints:number_paragraphs", PARAGRAPHS, "One\n***\n***\nTwo", False),
    ("length_constraints:number_paragraphs", PARAGRAPHS, "One\n\nTwo", False),
    ("length_constraints:number_sentences", SENTENCES, "Dr. Smith left at 3 p.m. He is back.", True),
    ("length_constraints:number_sentences", SENTENCES, "One. Two! Three?", False),
    ("length_constraints:number_sentences", {**SENTENCES, "relation": "at least"}, "One. Two! Three?", True),
    ("length_constraints:number_words", WORDS, "one two-three", True),
    ("length_constraints:number_words", WORDS, "one two ...", False),
    ("length_constraints:number_words", {**WORDS, "relation": "less than"}, "one two three", False),
    ("length_constraints:number_words", {**WORDS, "num_words": 5}, "यह एक वाक्य है।", False),
    ("punctuation:no_comma", {}, "No comma; none", True),
    ("punctuation:no_comma", {}, "One, two", False),
    ("startend:end_checker", {"end_phrase": "Any other questions?"}, '"Well. any other questions?" ', True),
    ("startend:end_checker", {"end_phrase": "Any other questions?"}, "Any other questions? Yes.", False),
    ("startend:quotation", {}, ' "Well." ', True),
    ("startend:quotation", {}, 'He said "well."', False),
    ("startend:quotation", {}, '"', False),
]  # fmt: skip


@pytest.mark.parametrize(
    "name, parameters, text, verdict", CASES, ids=[f"{i}-{case[0]}" for i, case in enumerate(CASES)]
)
def test_a_response_follows_or_does_not(
    name: str, parameters: dict[str, Any], text: str, verdict: bool
) -> None:
    assert followed(name, parameters, text) is verdict


def test_all_25_instructions_have_a_case_of_each_verdict() -> None:
    assert len(CHECKS) == 25
    assert {(case[0], case[3]) for case in CASES} == {
        (name, value) for name in CHECKS for value in (True, False)
    }


@pytest.mark.parametrize("name", CHECKS)
def test_an_empty_response_follows_nothing(name: str) -> None:
    assert not followed(name, {}, " \n", is_loose=True)


def test_loose_reads_eight_texts_the_response_first() -> None:
    texts = relaxed("first *a*\nmiddle *b*\nlast *c*")
    assert len(texts) == 8
    assert texts[0] == "first *a*\nmiddle *b*\nlast *c*"
    assert "middle b" in texts


@pytest.mark.parametrize(
    "text", ['Sure:\n"quoted"', '"quoted"\nBye.', 'Sure:\n"quoted"\nBye.', '*"quoted"*'], ids=repr
)
def test_loose_forgives_what_stands_around_the_response(text: str) -> None:
    assert not followed("startend:quotation", {}, text)
    assert followed("startend:quotation", {}, text, is_loose=True)


def test_a_language_is_the_same_at_each_look() -> None:
    text = "ok la tu si"
    assert len({followed("language:response_language", {"language": "it"}, text) for _ in range(10)}) == 1


@pytest.mark.parametrize(
    "name, parameters, what",
    [
        ("keywords:nothing", {}, "unknown instruction"),
        ("keywords:existence", {"keywords": []}, "keywords .* is not a list of texts"),
        ("keywords:letter_frequency", {"letter": "ab"}, "not one character"),
        ("length_constraints:number_words", {**WORDS, "relation": "more than"}, "'less than' or 'at least'"),
        ("length_constraints:number_words", {**WORDS, "num_words": "3"}, "not a whole number"),
        ("length_constraints:number_words", {"relation": "at least"}, "no parameter 'num_words'"),
        ("startend:end_checker", {"end_phrase": " "}, "not a text"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_parameters_are_one_clear_error(name: str, parameters: dict[str, Any], what: str) -> None:
    with pytest.raises(ScorerError, match=what):
        followed(name, parameters, "some text")

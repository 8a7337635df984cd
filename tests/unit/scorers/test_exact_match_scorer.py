"""exact_match agrees with Hugging Face's metric of that name."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import ScorerError, TaskError
from tests.unit.scorers.scoring import score_of


def reference_exact_match(
    output: str,
    target: str,
    patterns: list[str],
    ignore_case: bool,
    ignore_punctuation: bool,
    ignore_numbers: bool,
) -> float:
    """The definition of ``evaluate``'s exact_match, for one pair."""
    pair = [output, target]
    for pattern in patterns:
        pair = [re.sub(pattern, "", text) for text in pair]
    if ignore_case:
        pair = [text.lower() for text in pair]
    if ignore_punctuation:
        pair = ["".join(c for c in text if c not in string.punctuation) for text in pair]
    if ignore_numbers:
        pair = ["".join(c for c in text if c not in string.digits) for text in pair]
    return float(pair[0] == pair[1])


TEXTS = st.text(alphabet="aAbB12.,! ", max_size=6)


@given(
    TEXTS, TEXTS, st.sampled_from([[], ["a"], ["a", "[0-9]b"]]), st.booleans(), st.booleans(), st.booleans()
)
def test_without_strip_it_is_the_hugging_face_metric(
    output: str, target: str, patterns: list[str], case: bool, punctuation: bool, numbers: bool
) -> None:
    score = score_of(
        "exact_match",
        output,
        target,
        strip=False,
        regexes_to_ignore=patterns,
        ignore_case=case,
        ignore_punctuation=punctuation,
        ignore_numbers=numbers,
    )
    assert score.value == reference_exact_match(output, target, patterns, case, punctuation, numbers)


def test_white_space_around_the_output_is_ignored_by_default() -> None:
    assert score_of("exact_match", " Paris\n", "Paris").value == 1


def test_white_space_inside_and_case_are_not_ignored_by_default() -> None:
    assert score_of("exact_match", "new  york", "new york").value == 0
    assert score_of("exact_match", "paris", "Paris").value == 0


def test_collapsed_white_space_makes_runs_equal_to_one_space() -> None:
    assert score_of("exact_match", "new \n york", "new york", collapse_whitespace=True).value == 1


def test_any_of_several_references_matches() -> None:
    score = score_of("exact_match", "Kyiv", ["Kiev", "Kyiv"])
    assert (score.value, score.answer) == (1, "Kyiv")


def test_a_number_as_target_is_compared_as_its_text() -> None:
    assert score_of("exact_match", "5", 5).value == 1
    assert score_of("exact_match", "true", True).value == 1


def test_the_answer_of_a_match_is_the_reference_as_the_task_spells_it() -> None:
    assert (
        score_of("exact_match", "PARIS.", "Paris", ignore_case=True, ignore_punctuation=True).answer
        == "Paris"
    )


def test_the_answer_of_a_miss_is_the_choice_it_equals_so_that_f1_counts_it() -> None:
    score = score_of(
        "exact_match", "Negative", "positive", choices=("negative", "positive"), ignore_case=True
    )
    assert (score.value, score.answer) == (0, "negative")


def test_a_miss_says_what_was_expected_and_seen() -> None:
    assert (
        score_of("exact_match", "Rome", ["Paris", "Lutetia"]).explanation
        == "expected 'Paris' or 'Lutetia', got 'Rome'"
    )


@pytest.mark.parametrize("target", [None, []])
def test_a_sample_without_target_is_an_error_and_no_zero(target: object) -> None:
    with pytest.raises(ScorerError, match="no target"):
        score_of("exact_match", "x", target)


def test_a_pattern_that_cannot_be_read_is_a_task_error() -> None:
    with pytest.raises(TaskError, match=r"regexes_to_ignore '\(' is not a pattern"):
        score_of("exact_match", "x", "x", regexes_to_ignore=["("])

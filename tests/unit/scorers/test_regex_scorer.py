"""regex extracts, then compares."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.errors import TaskError
from evalkit.scorers.match.regex import NotRegex
from tests.unit.scorers.scoring import score_of

OUTPUT = "First guess: 41\nAnswer: 42 \nAnswer: 43"


def test_the_first_match_is_compared_by_default() -> None:
    score = score_of("regex", OUTPUT, "42", pattern=r"Answer: (\d+)")
    assert (score.value, score.answer) == (1, "42")


def test_which_last_takes_the_last_match() -> None:
    assert score_of("regex", OUTPUT, "43", pattern=r"Answer: (\d+)", which="last").value == 1


def test_a_bare_value_is_the_pattern() -> None:
    assert score_of("regex", OUTPUT, "41", value=r"guess: (\d+)").value == 1


def test_without_groups_the_whole_match_is_the_answer() -> None:
    assert score_of("regex", OUTPUT, "x", pattern=r"\d+").answer == "41"


def test_without_group_parameter_the_group_that_took_part_is_the_answer() -> None:
    assert score_of("regex", "B: yes", "yes", pattern=r"A: (\w+)|B: (\w+)").value == 1


def test_a_group_can_be_named() -> None:
    assert score_of("regex", OUTPUT, "42", pattern=r"(Answer): (?P<n>\d+)", group="n").value == 1


def test_without_target_a_match_anywhere_is_right() -> None:
    assert score_of("regex", OUTPUT, pattern=r"\d+").value == 1


def test_compare_false_passes_over_the_target() -> None:
    assert score_of("regex", OUTPUT, "something else", pattern=r"\d+", compare=False).value == 1


def test_no_match_is_value_zero_without_answer() -> None:
    score = score_of("regex", "no idea", "42", pattern=r"\d+")
    assert (score.value, score.answer) == (0, None)
    assert score.explanation == r"'\\d+' does not match 'no idea'"


def test_ignore_case_holds_for_pattern_and_comparison() -> None:
    assert score_of("regex", "ANSWER: YES", "yes", pattern=r"answer: (\w+)", ignore_case=True).value == 1


@pytest.mark.parametrize(
    "params, message",
    [
        ({"pattern": "("}, "is not a pattern"),
        ({"pattern": "(a)", "group": 2}, "has no group 2"),
        ({"pattern": "(a)", "group": "n"}, "has no group 'n'"),
        ({}, "needs the parameter 'pattern'"),
    ],
)
def test_what_cannot_be_matched_is_a_task_error(params: dict[str, Any], message: str) -> None:
    with pytest.raises(TaskError, match=message):
        score_of("regex", OUTPUT, "42", **params)


def test_not_regex_shows_what_matched() -> None:
    score = NotRegex(r"\d+").score(Sample("s", "q"), Response(OUTPUT))
    assert (score.value, score.explanation) == (0, r"'\\d+' matches '41'")
    assert NotRegex(r"\d{3}").score(Sample("s", "q"), Response(OUTPUT)).value == 1

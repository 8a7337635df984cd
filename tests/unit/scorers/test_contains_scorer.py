"""contains and its negation."""

from __future__ import annotations

import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.errors import ScorerError, TaskError
from evalkit.scorers.match.contains import NotContains
from tests.unit.scorers.scoring import score_of

OUTPUT = "We refund the order within 14 days."


def test_any_reference_of_the_target_suffices() -> None:
    score = score_of("contains", OUTPUT, ["exchange", "refund"])
    assert (score.value, score.answer) == (1, "refund")


def test_all_texts_of_value_must_occur() -> None:
    score = score_of("contains", OUTPUT, value=["refund", "30 days"])
    assert score.value == 0
    assert score.explanation == "does not contain '30 days'"


def test_which_turns_both_defaults() -> None:
    assert score_of("contains", OUTPUT, value=["refund", "30 days"], which="any").value == 1
    assert score_of("contains", OUTPUT, ["refund", "30 days"], which="all").value == 0


def test_value_stands_in_for_the_target() -> None:
    assert score_of("contains", OUTPUT, "exchange", value="refund").value == 1


def test_case_counts_unless_told_otherwise() -> None:
    assert score_of("contains", OUTPUT, "REFUND").value == 0
    assert score_of("contains", OUTPUT, "REFUND", ignore_case=True).value == 1


def test_a_number_is_looked_for_as_text() -> None:
    assert score_of("contains", OUTPUT, value=14).value == 1


@pytest.mark.parametrize("value", ["", [], ["refund", ""]])
def test_an_empty_text_to_look_for_is_a_task_error(value: object) -> None:
    with pytest.raises(TaskError, match="holds no text"):
        score_of("contains", OUTPUT, value=value)


def test_an_empty_reference_is_an_error_because_every_output_contains_it() -> None:
    with pytest.raises(ScorerError, match="every output contains it"):
        score_of("contains", OUTPUT, "")


def test_not_contains_fails_on_each_text_that_occurs() -> None:
    score = NotContains(value=["refund", "days", "never"]).score(Sample("s", "q"), Response(OUTPUT))
    assert (score.value, score.explanation) == (0, "contains 'refund', 'days'")


def test_not_contains_holds_when_nothing_occurs() -> None:
    assert NotContains(value="never").score(Sample("s", "q"), Response(OUTPUT)).value == 1

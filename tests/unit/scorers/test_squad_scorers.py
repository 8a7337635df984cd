"""squad and squad_em agree with SQuAD's evaluation script."""

from __future__ import annotations

import json

import pytest

from evalkit.errors import ScorerError
from evalkit.scorers.match.squad import normalize_answer
from tests.shared_data import shared_data
from tests.unit.scorers.scoring import score_of


def test_values_are_those_of_the_official_script() -> None:
    cases = json.loads(shared_data("reference", "squad.json").read_text())["cases"]
    for case in cases:
        assert normalize_answer(case["prediction"]) == case["normalized"]
        f1 = score_of("squad", case["prediction"], case["references"]).value
        assert f1 == pytest.approx(case["f1"], abs=1e-12), case
        assert score_of("squad_em", case["prediction"], case["references"]).value == case["em"], case


@pytest.mark.parametrize("target", [[], ""])
@pytest.mark.parametrize("scorer", ["squad", "squad_em"])
def test_an_unanswerable_question_wants_nothing(scorer: str, target: object) -> None:
    assert score_of(scorer, "the", target).value == 1
    assert score_of(scorer, "Paris", target).value == 0


def test_a_model_may_have_words_for_no_answer() -> None:
    assert score_of("squad", "Unanswerable.", [], no_answer=["unanswerable"]).value == 1
    assert score_of("squad", "Unanswerable.", ["Paris"], no_answer=["unanswerable"]).value == 0


def test_the_answer_is_the_reference_that_came_closest() -> None:
    assert score_of("squad", "in Paris", ["London", "Paris"]).answer == "Paris"


def test_a_sample_without_target_is_an_error_and_not_an_unanswerable_question() -> None:
    with pytest.raises(ScorerError, match=r"unanswerable questions have the target \[\]"):
        score_of("squad", "Paris", None)

"""Judges that decide by the probability of each verdict."""

from __future__ import annotations

import asyncio
from math import exp
from typing import Any

import pytest

from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.core.task import ScorerSpec
from evalkit.errors import TaskError
from evalkit.scorers.open import open_scorer
from evalkit.scorers.settings import ScorerSettings
from tests.judges import SAMPLE, DirectDoor, judge_with, scored
from tests.local_models import weights
from tests.loopback import chat, echoing

#: The pretended server gives a token of n characters the log-probability -n/10.
YES = exp(-0.4) / (exp(-0.4) + exp(-0.3))


def test_the_probability_of_yes_is_its_share_of_both_verdicts() -> None:
    score, calls = judge_with(echoing, rubric="It is polite.", decide="rank")
    (judgement,) = score.judgements or ()
    assert judgement.probability == pytest.approx(YES)
    assert (score.value, score.answer) == (0.0, "no")
    assert calls[-1].body["prompt"][1].endswith("Verdict (yes or no): yes")


def test_a_grade_is_the_mean_of_the_grades_under_their_probabilities() -> None:
    score, _ = judge_with(echoing, rubric="Manners.", scale=[8, 10], decide="rank")
    weights_ = [exp(-0.2), exp(-0.2), exp(-0.3)]  # of " 8", " 9" and " 10"
    mean = sum(w * g for w, g in zip(weights_, (8, 9, 10), strict=True)) / sum(weights_)
    assert score.value == pytest.approx(mean)


def test_equal_probabilities_of_a_pair_are_a_tie() -> None:
    score, _ = judge_with(echoing, against="other", decide="rank")
    assert (score.value, score.answer) == (0.5, "tie")
    assert [judgement.probability for judgement in score.judgements or ()] == [0.5, 0.5]


def test_a_server_that_cannot_rank_is_an_error_of_the_score() -> None:
    score, _ = judge_with(lambda call: chat("yes"), rubric="It is polite.", decide="rank")
    assert score.value is None
    assert "cannot return log-likelihoods" in str(score.error)


def test_a_model_that_cannot_rank_is_refused_before_anything_is_asked() -> None:
    door = DirectDoor("openai/j?base_url=http://127.0.0.1:9/v1", can_rank=False)
    spec = ScorerSpec("judge", {"rubric": "a", "decide": "rank"})
    with pytest.raises(TaskError, match="does not rank choices"):
        open_scorer(spec, ScorerSettings(judges=door))


def test_the_embedded_model_is_a_decision_judge() -> None:
    weights("smollm2")
    door = DirectDoor("local/smollm2?precision=stored")
    params: dict[str, Any] = {"rubric": "Is it 4?", "prompt": "{{ answer }} {{ rubric }}", "decide": "rank"}

    async def run() -> Score:
        scorer = open_scorer(ScorerSpec("judge", params), ScorerSettings(judges=door))
        try:
            return await scored(scorer, SAMPLE, Response("It is 4.", "s1"))
        finally:
            await door.close()

    (judgement,) = asyncio.run(run()).judgements or ()
    assert judgement.error is None
    assert judgement.probability is not None
    assert 0 < judgement.probability < 1
    assert judgement.value == float(judgement.probability > 0.5)

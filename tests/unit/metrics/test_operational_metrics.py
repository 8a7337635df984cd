"""Errors, latencies, tokens, cost and length."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.errors import MetricError
from evalkit.metrics.operations.engine.quantile import weighted_quantile
from evalkit.metrics.operations.error_rate import ErrorRate
from tests.unit.metrics.observing import metric, responded, value_of

FAILED = Response(error="timeout", latency_s=99.0, cost_usd=99.0, prompt_tokens=99, completion_tokens=99)


def test_error_rate_counts_failures_of_model_and_scorer_once_each() -> None:
    responses = [Response("a"), FAILED, Response("b"), Response("c")]
    scores = [
        Score("judge", 1.0),
        Score("judge", error="no response"),
        Score("judge", error="x"),
        Score("judge", 0.0),
    ]
    data = Observations(["1", "2", "3", "4"], [None] * 4, responses, {"judge": scores})
    assert value_of("error_rate", data) == 0.5
    assert metric("error_rate").table(data).n_failed == 0


@pytest.mark.parametrize(
    "name, value",
    [
        ("latency_p50_s", 2.0),
        ("latency_p95_s", 3.8),
        ("ttft_p50_s", 0.2),
        ("prompt_tokens", 30),
        ("completion_tokens", 7),
        ("cost_usd", 0.03),
        ("output_chars_mean", 2.0),
    ],
)
def test_numbers_are_over_what_is_known_of_responses_that_did_not_fail(name: str, value: float) -> None:
    data = responded(
        [
            Response("a", latency_s=4.0, ttft_s=0.1, prompt_tokens=10, completion_tokens=3, cost_usd=0.01),
            FAILED,
            Response("bb", latency_s=2.0, ttft_s=0.3, prompt_tokens=20, completion_tokens=4, cost_usd=0.02),
            Response("ccc", latency_s=1.0),
        ]
    )
    assert value_of(name, data) == pytest.approx(value)
    assert metric(name).table(data).n_failed == 1


@pytest.mark.parametrize(
    "name, what",
    [
        ("cost_usd", "no response carries a price .*input_usd_per_mtok.*tool.evalkit.prices"),
        ("cost_usd_mean", "no response carries a price"),
        ("spent_usd", "no response carries a price"),
        ("retries", "no response carries a number of attempts"),
        ("tokens_per_second_p50", "no response carries tokens and a latency"),
        ("time_per_token_p50_s", "no response carries a time to the first token and more tokens"),
        ("prompt_tokens", "no response carries a number of prompt tokens"),
        ("latency_p95_s", "no response carries a latency"),
        ("ttft_p50_s", "no response carries a time to the first token"),
    ],
)
def test_what_nobody_reports_is_an_error_and_never_zero(name: str, what: str) -> None:
    with pytest.raises(MetricError, match=what):
        value_of(name, responded([Response("a"), Response("b")]))


def test_a_reported_zero_is_a_zero() -> None:
    assert value_of("cost_usd", responded([Response("a", cost_usd=0.0)])) == 0


STREAMED = [(4.0, 0.5, 36), (2.0, 0.25, 8), (1.0, 0.125, 1), (8.0, 2.0, 25), (0.5, 0.1, 11)]


@pytest.mark.parametrize("name, share", [("latency_p99_s", 0.99), ("ttft_p95_s", 0.95)])
def test_further_quantiles_are_those_of_numpy(name: str, share: float) -> None:
    data = responded([Response("a", latency_s=all_, ttft_s=first) for all_, first, _ in STREAMED])
    column = 0 if name.startswith("latency") else 1
    assert value_of(name, data) == pytest.approx(np.quantile([row[column] for row in STREAMED], share))


def test_speeds_are_medians_of_what_each_answer_ran_at() -> None:
    data = responded(
        [Response("a", latency_s=all_, ttft_s=first, completion_tokens=n) for all_, first, n in STREAMED]
    )
    # 36/4, 8/2, 1/1, 25/8, 11/0.5; (4 - 0.5)/35, (2 - 0.25)/7, (8 - 2)/24, (0.5 - 0.1)/10
    assert value_of("tokens_per_second_p50", data) == 4.0
    assert value_of("time_per_token_p50_s", data) == pytest.approx((0.1 + 0.25) / 2)


def test_what_was_asked_before_or_recorded_is_not_spent_again() -> None:
    data = responded(
        [
            Response("a", cost_usd=0.5, cost_source="spec"),
            Response("b", cost_usd=0.25, cost_source="spec", is_cached=True),
            Response("c", cost_usd=0.125, cost_source="recorded"),
            Response("d"),
        ]
    )
    assert (value_of("spent_usd", data), value_of("cost_usd", data)) == (0.5, 0.875)
    assert value_of("cost_usd_mean", data) == pytest.approx(0.875 / 3)


def test_attempts_are_counted_over_failed_responses_too() -> None:
    data = responded(
        [Response("a", retries=2, throttled=1), Response(error="x", retries=5, throttled=5), Response("b")]
    )
    assert (value_of("retries", data), value_of("throttled", data)) == (7, 6)
    assert metric("retries").table(data).n_failed == 0


@pytest.mark.parametrize(
    "kind, share", [("busy", 0.25), ("other", 0.25), ("late", 0.0), ("scorer", 0.25), (None, 0.75)]
)
def test_an_error_rate_may_be_of_one_class_of_errors(kind: str | None, share: float) -> None:
    responses = [
        Response(error="429", error_kind="busy"),
        Response(error="of an import"),
        Response("a"),
        Response("b"),
    ]
    scores = [Score("s", error="no response"), Score("s", error="no response"), Score("s", error="x"),
              Score("s", 1.0)]  # fmt: skip
    data = Observations(["1", "2", "3", "4"], [None] * 4, responses, {"s": scores})
    rate = ErrorRate(kind)  # type: ignore[arg-type]
    assert rate.aggregate(rate.table(data).rows)[0] == share
    assert rate.signature(data) == ("error_rate|v1" if kind is None else f"error_rate|error:{kind}|v1")


VALUES = st.lists(st.floats(0, 100), min_size=1, max_size=25)


@given(VALUES, st.floats(0, 1))
def test_an_unweighted_quantile_is_numpys(values: list[float], share: float) -> None:
    data = np.array(values)
    assert weighted_quantile(data, share, None)[0] == np.quantile(data, share)
    ones = np.ones((1, len(data)))
    np.testing.assert_allclose(weighted_quantile(data, share, ones)[0], np.quantile(data, share), atol=1e-12)


@given(
    VALUES.flatmap(lambda v: st.tuples(st.just(v), arrays(float, (3, len(v)), elements=st.integers(0, 4))))
)
def test_a_weighted_quantile_is_numpys_over_repeated_values(case: tuple[list[float], np.ndarray]) -> None:
    values, weights = np.array(case[0]), case[1]
    result = weighted_quantile(values, 0.95, weights)
    for value, row in zip(result, weights, strict=True):
        repeated = np.repeat(values, row.astype(int))
        expected = np.quantile(repeated, 0.95) if len(repeated) else math.nan
        np.testing.assert_allclose(value, expected, atol=1e-12)


def test_fractional_weights_give_a_value_within_the_data() -> None:
    weights = np.random.default_rng(1).dirichlet(np.ones(4), size=50) * 4
    result = weighted_quantile(np.array([1.0, 2.0, 3.0, 4.0]), 0.95, weights)
    assert ((result >= 1) & (result <= 4)).all()

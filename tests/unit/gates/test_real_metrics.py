"""Estimates and comparisons with the built-in metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evalkit.comparisons.changes import sample_values
from evalkit.comparisons.compare import compare
from evalkit.comparisons.difference import paired_difference
from evalkit.comparisons.estimate import estimate
from evalkit.comparisons.pairing import pair
from evalkit.core.gate import parse_metric
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.metrics.open import open_metric
from evalkit.metrics.operations.latency import LatencyP50
from evalkit.stats.bootstrap import bootstrap

SPECS: list[Any] = [
    "accuracy",
    {"f1": {"positive": "1"}},
    "f1_macro",
    "mcc",
    "pearson",
    "spearman",
    "mean:exact_match",
    "error_rate",
    "latency_p50_s",
    "latency_p95_s",
    "completion_tokens",
    "cost_usd",
]


def observe(seed: int, n: int = 300, share_right: float = 0.8) -> Observations:
    """Answers 0 or 1 to targets 0 or 1, right with the given share, with latencies, tokens and costs."""
    rng = np.random.default_rng(seed)
    targets = np.arange(n) % 2
    answers = np.where(rng.random(n) < share_right, targets, 1 - targets)
    scores = tuple(Score("exact_match", float(a == t), str(a)) for a, t in zip(answers, targets, strict=True))
    responses = tuple(
        Response(str(a), latency_s=float(s), completion_tokens=int(20 * s), cost_usd=float(s) / 1000)
        for a, s in zip(answers, rng.lognormal(size=n), strict=True)
    )
    ids = tuple(f"s{i}" for i in range(n))
    labels = ("0", "1")
    return Observations(ids, tuple(str(t) for t in targets), responses, {"exact_match": scores}, labels)


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_every_metric_has_a_value_within_its_interval(spec: Any) -> None:
    seen = estimate(open_metric(parse_metric(spec)), "m", observe(0))
    assert seen.value is not None, seen.error
    if seen.kind == "total":
        assert seen.low is None
    else:
        assert seen.low is not None
        assert seen.high is not None
        assert seen.low <= seen.value <= seen.high


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_swapping_the_sides_mirrors_every_metric(spec: Any) -> None:
    metric = open_metric(parse_metric(spec))
    forth, back = compare(metric, "m", observe(1), observe(2)), compare(metric, "m", observe(2), observe(1))
    assert back.difference == pytest.approx(-forth.difference)
    assert (back.low, back.high) == pytest.approx((-forth.high, -forth.low))
    assert back.p_value == pytest.approx(forth.p_value)
    assert forth.low <= forth.difference <= forth.high


@pytest.mark.parametrize(
    "spec", ["accuracy", {"f1": {"positive": "1"}}, "f1_macro", "mcc", "pearson"], ids=str
)
def test_a_large_drop_is_seen_by_every_quality_metric(spec: Any) -> None:
    seen = compare(open_metric(parse_metric(spec)), "m", observe(1), observe(2, share_right=0.55))
    assert seen.high < 0
    assert seen.p_value < 0.001


def test_a_quantile_resampled_through_its_window_differs_no_more_than_a_seed_does() -> None:
    metric = LatencyP50()
    both = pair(metric.table(observe(3, 2_000)), metric.table(observe(4, 2_000)))
    before, after = bootstrap(metric.aggregate, [both.baseline, both.candidate], both.n, seed=1)
    low, high = paired_difference(metric, both).interval(0.05)
    width = high - low
    assert (low, high) == pytest.approx(np.quantile(before - after, (0.025, 0.975)), abs=0.06 * width)


def test_the_values_of_single_samples_are_those_of_the_metric_on_each_alone() -> None:
    words = ["a b c d e", "b c d e f", "x y", "", "a b c d"]
    ids = [f"s{i}" for i in range(150)]
    responses = [Response(words[i % 5]) for i in range(150)]
    data = Observations(ids, [words[i % 4] or "a" for i in range(150)], responses)
    bleu = open_metric(parse_metric("bleu"))
    table = bleu.table(data)
    alone = [bleu.aggregate(table.rows[i : i + 1])[0] for i in range(150)]
    assert list(sample_values(bleu, data, table).values()) == pytest.approx(alone, abs=1e-12)

"""Differences from the baseline."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evalkit.core.estimate import Estimate
from evalkit.core.observations import Observations
from evalkit.metrics.metric import Floats, Table
from evalkit.registry import METRICS
from evalkit.report.collect import collect_comparison
from evalkit.report.deltas import delta
from tests.unit.report.memory_source import MemorySource, comparison, rows


class Right:
    """Share of rows with a score of one; ``f1``-like parameters are none."""

    name = "right"
    kind = "binary"
    is_higher_better = True
    bounds = (0.0, 1.0)
    scorers = ("exact_match",)

    def table(self, observations: Observations) -> Table:
        pairs = zip(observations.sample_ids, observations.scores["exact_match"], strict=True)
        kept = [(i, score.value) for i, score in pairs if score.value is not None]
        values = np.array([[value] for _, value in kept], dtype=np.float64)
        return Table(values, tuple(i for i, _ in kept), len(observations) - len(kept))

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        weights = np.ones((1, len(rows))) if weights is None else weights
        return np.asarray(weights @ rows[:, 0] / weights.sum(axis=1))

    def signature(self, observations: Observations) -> str:
        return "right|v1"


def compared(before: str, after: str, **changes: Any) -> MemorySource:
    source = MemorySource()
    for run_id, marks in (("a", before), ("b", after)):
        source.add_run(run_id)
        source.add(run_id, f"e-{run_id}", rows(marks), metric_specs={"right": ["right", {}]})
        share = marks.count("+") / len(marks)
        source.estimates_of[f"e-{run_id}"] = [Estimate("right", share, 0.0, 1.0, len(marks), "right|v1")]
    first = source.estimates_of["e-b"][0]
    source.estimates_of["e-b"] = [replace(first, **changes)]
    return source


@pytest.fixture(autouse=True)
def right_metric(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(METRICS, "get", lambda name: Right if name == "right" else None)


def test_a_metric_that_no_gate_compared_is_compared_for_the_report() -> None:
    (item,) = collect_comparison(compared("+" * 30 + "-" * 10, "-" * 30 + "+" * 10), "a", "b").evaluations
    assert item.pair is not None
    found = delta(item.estimates[0], item.pair)
    assert found is not None
    assert found.difference == pytest.approx(-0.5)
    assert found.low is not None
    assert found.high is not None
    assert found.low < -0.5 < found.high < 0
    assert found.word == "worse"


def test_unlike_signatures_are_never_compared() -> None:
    data = collect_comparison(compared("++--", "+---", signature="right|v2"), "a", "b")
    assert data.evaluations[0].pair is not None
    assert delta(data.evaluations[0].estimates[0], data.evaluations[0].pair) is None


def test_where_lower_is_better_the_sign_is_that_of_the_metric_and_a_rise_is_worse() -> None:
    source = compared("++", "++", metric="latency_p95_s", is_higher_better=False)
    (item,) = collect_comparison(source, "a", "b").evaluations
    assert item.pair is not None
    slower = comparison(metric="latency_p95_s", difference=-0.3, low=-0.4, high=-0.2)
    found = delta(item.estimates[0], replace(item.pair, comparisons={"latency_p95_s": slower}))
    assert found is not None
    assert (found.difference, found.low, found.high, found.word) == (0.3, 0.2, 0.4, "worse")
    assert found.text == "+300 ms [200 ms, 400 ms]"


def test_a_difference_whose_interval_holds_zero_is_unclear() -> None:
    (item,) = collect_comparison(compared("++--", "++--"), "a", "b").evaluations
    assert item.pair is not None
    found = delta(item.estimates[0], item.pair)
    assert found is not None
    assert found.word == "unclear"
    assert not math.isnan(found.difference)

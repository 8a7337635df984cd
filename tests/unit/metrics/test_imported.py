"""The mean of what another tool's scorer said."""

from __future__ import annotations

from math import inf

import pytest

from evalkit.core.gate import MetricSpec
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.errors import MetricError
from evalkit.metrics.open import open_metric


def observations(*values: float) -> Observations:
    ids = [f"s{i}" for i in range(len(values))]
    scores = {"judge.v2": [Score("judge.v2", value) for value in values]}
    return Observations(
        ids, ids, [Response("x", i) for i in ids], scores, None, {"judge.v2": "tool:judge,strict"}
    )


def test_a_scorer_that_is_in_no_registry_is_read() -> None:
    metric = open_metric(MetricSpec("imported", {"scorer": "judge.v2"}))
    data = observations(1.0, 0.5, 3.0)
    assert metric.aggregate(metric.table(data).rows)[0] == 1.5
    assert metric.signature(data) == "imported|scorer:tool:judge,strict|v1"
    assert (metric.kind, metric.is_higher_better, metric.bounds) == ("graded", True, (-inf, inf))


def test_kind_direction_and_bounds_are_as_given_and_leave_the_signature_alone() -> None:
    params = {"scorer": "judge.v2", "kind": "binary", "is_higher_better": False}
    metric = open_metric(MetricSpec("imported", params))
    assert (metric.kind, metric.is_higher_better, metric.bounds) == ("binary", False, (0.0, 1.0))
    assert metric.signature(observations(1.0)) == "imported|scorer:tool:judge,strict|v1"
    graded = open_metric(MetricSpec("imported", {"scorer": "judge.v2", "bounds": [0, 5]}))
    assert graded.bounds == (0.0, 5.0)


def test_a_binary_one_refuses_other_values_than_0_and_1() -> None:
    metric = open_metric(MetricSpec("imported", {"scorer": "judge.v2", "kind": "binary"}))
    with pytest.raises(MetricError, match="gave other values than 0 and 1"):
        metric.table(observations(1.0, 0.5))

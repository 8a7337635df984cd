"""The leave-one-out share of each sample."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from evalkit.comparisons.influence import influences
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.metrics.classification.accuracy import Accuracy
from evalkit.metrics.classification.f1 import F1
from evalkit.metrics.metric import Table

RNG = np.random.default_rng(3)
TARGETS, ANSWERS = RNG.integers(0, 2, 60).astype(str), RNG.integers(0, 2, 60).astype(str)


def table(metric: F1 | Accuracy, n_repeats: int = 1) -> Table:
    ids = [f"s{i // n_repeats}" for i in range(60)]
    pairs = list(zip(TARGETS, ANSWERS, strict=True))
    scores = [Score("exact_match", float(t == a), str(a)) for t, a in pairs]
    responses = [Response(str(a)) for _, a in pairs]
    return metric.table(
        Observations(ids, list(map(str, TARGETS)), responses, {"exact_match": scores}, ("0", "1"))
    )


def test_the_share_of_a_sample_is_the_value_less_the_value_without_it() -> None:
    metric = F1(positive="1")
    found = influences(metric, table(metric))
    whole = f1_score(TARGETS, ANSWERS, pos_label="1")
    for i in range(60):
        without = f1_score(np.delete(TARGETS, i), np.delete(ANSWERS, i), pos_label="1")
        assert found[i].share == pytest.approx(whole - without, abs=1e-12)


def test_repeats_of_a_sample_leave_together() -> None:
    metric = Accuracy()
    found = influences(metric, table(metric, n_repeats=3))
    right = (TARGETS == ANSWERS).astype(float)
    assert len(found) == 20
    assert found[4].share == pytest.approx(right.mean() - np.delete(right, [12, 13, 14]).mean(), abs=1e-12)


def test_shares_of_a_mean_sum_to_nothing() -> None:
    metric = Accuracy()
    assert sum(each.share for each in influences(metric, table(metric))) == pytest.approx(0, abs=1e-12)


def test_the_only_sample_has_no_share() -> None:
    rows = np.array([[1.0]])
    (only,) = influences(Accuracy(), Table(rows, ("a",), 0))
    assert np.isnan(only.share)


def test_nothing_has_no_shares() -> None:
    assert influences(Accuracy(), Table(np.empty((0, 1)), (), 0)) == []

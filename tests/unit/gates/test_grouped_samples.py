"""Samples that share a group (questions on one passage) count as one: tests, intervals, words, storage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest

from evalkit.comparisons.comparable import Side
from evalkit.comparisons.compare import compare, measure
from evalkit.comparisons.estimate import estimate
from evalkit.core.gate import MetricSpec, parse_gate
from evalkit.core.observations import Observations
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.benchmarks.groups import GroupEm
from evalkit.metrics.metric import Floats
from evalkit.stats.bootstrap import Codes
from evalkit.stats.paired import sign_flip_test
from tests.unit.gates.deciding import decide_absolute
from tests.unit.gates.metric_doubles import ACCURACY, CORPUS, GRADED, LATENCY, TOTAL, Mean, observe
from tests.unit.metrics.observing import answered

ALPHA = 0.05
EVERY = [ACCURACY, GRADED, CORPUS, LATENCY, TOTAL]


def grouped(values: Sequence[float] | Floats, groups: Sequence[object] | Codes) -> Observations:
    names = [None if group is None else f"g{group}" for group in groups]
    return replace(observe([float(value) for value in values]), groups=names)


def passages(rng: np.random.Generator, n_groups: int) -> Codes:
    return np.repeat(np.arange(n_groups), rng.integers(2, 14, n_groups))


def alike(rng: np.random.Generator, groups: Codes) -> tuple[Floats, Floats]:
    """0/1 scores on both sides without a true difference: a passage is understood as a whole or not."""
    n_groups, n = int(groups.max()) + 1, len(groups)
    is_understood = rng.random((2, n_groups)) < 0.6
    noise = rng.random((2, n)) < 0.1
    before, after = np.where(noise, rng.random((2, n)) < 0.5, is_understood[:, groups]).astype(float)
    return before, after


def graded(rng: np.random.Generator, groups: Codes) -> tuple[Floats, Floats]:
    of_group = rng.random((2, int(groups.max()) + 1))[:, groups]
    before, after = np.clip(of_group + rng.normal(0, 0.1, of_group.shape), 0, 1)
    return before, after


Draw = Callable[[np.random.Generator, Codes], tuple[Floats, Floats]]


def alarm_rates(metric: Mean, draw: Draw, n_sessions: int, n_groups: int) -> tuple[float, float]:
    """Shares of sessions with p <= alpha although nothing changed: by group; by sample, of a few of them."""
    rng = np.random.default_rng(0)
    by_group, by_sample = 0, []
    for number in range(n_sessions):
        groups = passages(rng, n_groups)
        sides = [grouped(side, groups) for side in draw(rng, groups)]
        by_group += measure(metric, "m", *sides).difference.tests.two_sided <= ALPHA
        if number < 25:
            sides = [replace(side, groups=None) for side in sides]
            by_sample.append(measure(metric, "m", *sides).difference.tests.two_sided <= ALPHA)
    return by_group / n_sessions, float(np.mean(by_sample))


@pytest.mark.parametrize(
    "metric, draw, n_sessions",
    [(ACCURACY, alike, 100), (GRADED, graded, 100), (CORPUS, graded, 30)],
    ids=["binary", "graded", "corpus"],
)
def test_groups_that_answer_alike_raise_false_alarms_by_sample_and_not_by_group(
    metric: Mean, draw: Draw, n_sessions: int
) -> None:
    by_group, by_sample = alarm_rates(metric, draw, n_sessions, n_groups=30)
    assert by_group <= ALPHA + 3 * sqrt(ALPHA * (1 - ALPHA) / n_sessions)
    assert by_sample > 3 * ALPHA


@pytest.mark.parametrize(
    "metric, draw, n_sessions",
    [(ACCURACY, alike, 100), (GRADED, graded, 100), (CORPUS, graded, 30)],
    ids=["binary", "graded", "corpus"],
)
def test_intervals_of_a_metric_and_of_a_difference_cover_over_groups(
    metric: Mean, draw: Draw, n_sessions: int
) -> None:
    rng = np.random.default_rng(1)
    many = draw(np.random.default_rng(2), np.arange(400_000))[0][:, np.newaxis]
    truth = float(metric.aggregate(many)[0])
    n_values = n_differences = 0
    for _ in range(n_sessions):
        groups = passages(rng, 20)
        before, after = (grouped(side, groups) for side in draw(rng, groups))
        seen, moved = estimate(metric, "m", before), compare(metric, "m", before, after)
        assert seen.low is not None
        assert seen.high is not None
        n_values += seen.low <= truth <= seen.high
        n_differences += moved.low <= 0 <= moved.high
    least = 0.95 - 3 * sqrt(0.95 * 0.05 / n_sessions)
    assert n_values / n_sessions >= least
    assert n_differences / n_sessions >= least


def test_binary_scores_of_groups_flip_signs_by_group() -> None:
    groups = [0, 0, 0, 1, 1, 2, 3, 3]
    before, after = [1, 1, 1, 1, 1, 0, 0, 1], [0, 0, 1, 0, 0, 1, 0, 1]
    seen = compare(ACCURACY, "a", grouped(before, groups), grouped(after, groups))
    assert seen.p_value == sign_flip_test(np.array([-2.0, -2.0, 1.0, 0.0])).two_sided
    assert (seen.n, seen.n_groups, seen.n_wins, seen.n_losses) == (8, 4, 1, 4)
    assert seen.method == "sign-flip permutation by group, tilted interval by group"


@pytest.mark.parametrize("metric", EVERY, ids=lambda metric: f"{metric.name}-{metric.kind}")
def test_groups_of_one_sample_change_no_number(metric: Mean) -> None:
    rng = np.random.default_rng(3)
    before, after = ((rng.random((2, 40)) < 0.6) + 0.0).tolist()
    groups = [None, *range(39)]
    assert compare(metric, "m", grouped(before, groups), grouped(after, groups)) == compare(
        metric, "m", observe(before), observe(after)
    )
    assert estimate(metric, "m", grouped(before, groups)) == estimate(metric, "m", observe(before))


@pytest.mark.parametrize("metric", EVERY, ids=lambda metric: f"{metric.name}-{metric.kind}")
def test_exchanging_the_sides_of_grouped_samples_mirrors_the_difference(metric: Mean) -> None:
    rng = np.random.default_rng(4)
    groups = passages(rng, 15)
    before, after = (grouped(side, groups) for side in graded(rng, groups))
    forth, back = compare(metric, "m", before, after), compare(metric, "m", after, before)
    assert (back.low, back.high) == pytest.approx((-forth.high, -forth.low), abs=1e-12)
    assert back.p_value == pytest.approx(forth.p_value)


@pytest.mark.parametrize("metric", [ACCURACY, GRADED, CORPUS])
def test_four_groups_that_all_got_worse_prove_nothing(metric: Mean) -> None:
    """80 samples would: one of two to the power of four sign patterns is p = 0.0625."""
    groups = np.repeat(np.arange(25), 20)
    after = np.where(groups < 4, 0.0, 1.0)
    verdict = regression(metric, grouped(np.ones(500), groups), grouped(after, groups))
    assert verdict.verdict == "undecided"


def test_four_groups_in_all_fail_no_gate_on_a_corpus_metric_either() -> None:
    groups = np.repeat(np.arange(4), 20)
    after = 0.1 + 0.01 * np.arange(80)[::-1] / 100
    verdict = regression(CORPUS, grouped(np.ones(80), groups), grouped(after, groups))
    assert (verdict.verdict, verdict.p_value) == ("undecided", 2.0**-4)


def regression(metric: Mean, before: Observations, after: Observations) -> Verdict:
    gate = RegressionGate(MetricSpec("accuracy"), margin=0.02, alpha=ALPHA)
    pending = prepare_regression(gate, metric, Side(after, "t", "d", "r2"), Side(before, "t", "d", "r1"))
    return decide_session([pending])[0]


def test_a_verdict_names_samples_and_groups_and_asks_for_more_of_the_same() -> None:
    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(60), 5)
    before, after = (grouped(side, groups) for side in alike(rng, groups))
    verdict = regression(ACCURACY, before, after)
    assert "on 300 paired samples in 60 groups (90 % interval, one-sided 95 %; p = " in verdict.detail
    assert "sign-flip permutation by group)" in verdict.detail
    assert "paired samples in groups like these an unchanged candidate passes in 80 %." in verdict.detail
    assert verdict.comparison is not None
    by_sample = regression(ACCURACY, replace(before, groups=None), replace(after, groups=None)).comparison
    assert by_sample is not None
    # Five samples of a passage that are right or wrong together are hardly more than one.
    assert verdict.comparison.visible_drop is not None
    assert by_sample.visible_drop is not None
    ratio = verdict.comparison.visible_drop / by_sample.visible_drop
    assert 1.8 < ratio < sqrt(5) + 0.1


def test_an_absolute_verdict_names_the_groups_of_its_responses() -> None:
    groups = [0, 0, 0, 1, None, None]
    seen = estimate(ACCURACY, "accuracy", grouped([1, 1, 0, 1, 1, 0], groups))
    verdict = decide_absolute(parse_gate("accuracy >= 0.5"), seen, max_error_rate=0.01, n_total=6)  # type: ignore[arg-type]
    assert "on 6 responses in 4 groups; " in verdict.detail


def test_a_sample_without_a_group_is_no_member_of_the_group_with_its_name() -> None:
    data = replace(observe([1, 0, 1, 0], ids=["a", "b", "c", "d"]), groups=["c", "c", None, None])
    assert estimate(ACCURACY, "accuracy", data).n_groups == 3


def test_rows_that_are_groups_are_not_grouped_once_more() -> None:
    """Groups may be called as samples are: AX-g's pairs 0, 1 … beside its sentences 0, 1, 2, 3 …"""
    sides = [
        replace(
            answered(["y"] * 8, list(text), scorer="choice"),
            sample_ids=tuple("01234567"),
            groups=list("00112233"),
        )
        for text in ("yyyynyny", "yynyyyny")
    ]
    seen = compare(GroupEm(), "group_em", *sides)
    assert (seen.n, seen.n_groups, seen.n_unpaired) == (4, None, 0)

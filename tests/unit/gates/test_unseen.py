"""Slices too small to show anything leave the family that shares alpha, whatever was answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.comparisons.comparable import Side
from evalkit.core.gate import GateLimits, MetricSpec
from evalkit.core.slices import Slice
from evalkit.gates.deciding.compared import ComparedGate, Measured, Refused
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.gates.deciding.unseen import without_unseen
from evalkit.gates.regression import RegressionGate
from tests.unit.gates.metric_doubles import ACCURACY, observe


def prepared(
    n: int, n_lost: int = 0, n_failed: int = 0, margin: float = 0.02, in_groups_of: int | None = None
) -> ComparedGate:
    """The gate of a slice of ``n`` samples, ``n_lost`` of which the candidate gets wrong; as many others."""
    gate = RegressionGate(MetricSpec("accuracy", slice=Slice("k", "a")), margin=margin)
    after: list[float | None] = [*[0.0] * n_lost, *[None] * n_failed, *[1.0] * (2 * n - n_lost - n_failed)]
    sides = [observe(after), observe([1.0] * 2 * n)]
    slices = {"k": {i: ("a",) if at < n else ("b",) for at, i in enumerate(sides[0].sample_ids)}}
    groups = None if in_groups_of is None else [f"g{at // in_groups_of}" for at in range(2 * n)]
    candidate, baseline = (Side(replace(each, slices=slices, groups=groups), "t", "d") for each in sides)
    return prepare_regression(gate, ACCURACY, candidate, baseline, limits=GateLimits(0.05))


def words(gates: list[ComparedGate]) -> list[str]:
    return ["unseen" if each.is_unseen else each.verdict for each in decide_session(gates)]


def test_of_a_slice_its_samples_alone_are_paired() -> None:
    found = prepared(20, n_lost=20)
    assert isinstance(found, Measured)
    assert (found.paired.difference.n, found.paired.n_losses) == (20, 20)


@pytest.mark.parametrize("n_lost", [0, 4])
def test_four_samples_are_unseen_whatever_was_answered(n_lost: int) -> None:
    assert words([prepared(4, n_lost)]) == ["unseen"]


def test_five_samples_that_all_drop_are_seen_where_no_other_gate_shares_alpha() -> None:
    assert words([prepared(5, 5)]) == ["fail"]
    assert words([prepared(5, 5), prepared(50)]) != ["fail", "pass"]


def test_the_family_is_as_large_as_tarone_1990_has_it() -> None:
    # 2^-6 is at most .05/3 and above .05/4; 2^-7 is at most .05/6: three of six samples share with one of 50,
    # so K = 4 leaves one alone; with 7 samples all stay.
    small, large = [prepared(6) for _ in range(3)], prepared(50)
    assert sum(isinstance(each, Refused) for each in without_unseen([*small, large])) == 3
    assert not any(isinstance(each, Refused) for each in without_unseen([prepared(6), prepared(6), large]))


def test_an_unseen_slice_never_passes_however_wide_its_margin() -> None:
    assert words([prepared(4, margin=0.9)]) == ["unseen"]


def test_a_slice_with_too_many_failed_answers_fails_but_never_passes() -> None:
    assert words([prepared(100, n_failed=0, margin=0.2)]) == ["pass"]
    assert words([prepared(100, n_failed=8, margin=0.2)]) == ["undecided"]
    assert words([prepared(100, n_lost=60, n_failed=8, margin=0.2)]) == ["fail"]


def test_of_samples_in_groups_the_groups_are_counted() -> None:
    assert words([prepared(20, 20, in_groups_of=5)]) == ["unseen"]
    assert words([prepared(20, 20, in_groups_of=4)]) == ["fail"]


def test_of_samples_that_were_asked_several_times_each_is_counted_once() -> None:
    gate = RegressionGate(MetricSpec("accuracy", slice=Slice("k", "a")))
    sides = [observe([value] * 12, repeats=3) for value in (0.0, 1.0)]
    slices = {"k": dict.fromkeys(sides[0].sample_ids, ("a",))}
    candidate, baseline = (Side(replace(each, slices=slices), "t", "d") for each in sides)
    assert words([prepare_regression(gate, ACCURACY, candidate, baseline)]) == ["unseen"]

"""What gates take, by their spread."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, inf

import numpy as np
import pytest

from evalkit.core.gate import MetricSpec
from evalkit.core.slices import Slice
from evalkit.errors import UsageError
from evalkit.gates.regression import RegressionGate
from evalkit.planning.gates import plan_task, planned_gates
from evalkit.planning.guess import Guess
from evalkit.planning.need import Asked, GateNeed
from evalkit.planning.plan import TaskPlan
from evalkit.planning.spread import Spread, share_of_changes, share_of_values
from evalkit.stats.power import n_to_see
from evalkit.store.usage import EarlierCost
from tests.calibration.planning import Planned, compute

GATE = RegressionGate(MetricSpec("accuracy"), margin=0.05)
HALF_WITHIN = share_of_changes(0.2, 0.5)


def need(spread: Spread = HALF_WITHIN, n_gates: int = 1, gate: RegressionGate = GATE) -> GateNeed:
    return GateNeed(gate, spread, Asked(n_gates))


def plan(spread: Spread, n_available: int | None, cost: EarlierCost | None = None) -> TaskPlan:
    return TaskPlan("sums", "", [need(spread)], [], n_available, cost)


def test_graded_samples_are_those_of_the_gates_formula_and_students_two_more() -> None:
    # (1.6449 + 0.8416)^2 * 0.3^2 / 0.05^2 = 222.6, and 1.6449^2 / 2 for Student's quantile
    assert n_to_see(0.05, 0.3) == 223
    assert need(share_of_values(0.3, None, 1.0)).n_to_pass(1) == 225


def test_gates_that_share_alpha_take_more_samples_to_show_a_drop_and_no_more_to_pass() -> None:
    alone, of_four = need(), need(n_gates=4)
    assert of_four.level == pytest.approx(0.0125)
    assert (of_four.n_to_show(1) or 0) > (alone.n_to_show(1) or inf)
    assert of_four.n_to_pass(1) == alone.n_to_pass(1)


def test_a_gate_that_may_fail_both_ways_has_half_of_its_level_each_way() -> None:
    assert need(gate=replace(GATE, is_two_sided=True)).level == pytest.approx(0.025)


def test_repeats_take_away_what_is_within_samples_and_no_more() -> None:
    assert HALF_WITHIN.variance(2) == pytest.approx(0.15)
    assert HALF_WITHIN.variance(inf) == pytest.approx(0.1)
    assert share_of_changes(0.2, None).variance(2) is None


def test_the_drop_that_is_visible_is_the_one_that_the_samples_were_planned_for() -> None:
    n = need().n_to_show(1)
    assert n is not None
    assert need().visible(n, 1) == pytest.approx(0.05, rel=0.01)


def test_twice_the_samples_buy_more_than_twice_the_repeats() -> None:
    worth = plan(HALF_WITHIN, 10_000).worth(need(), 400)
    assert worth is not None
    assert worth.twice_samples < worth.twice_repeats < worth.now


def test_a_dataset_that_is_too_small_gets_the_fewest_repeats_that_do() -> None:
    found = plan(HALF_WITHIN, 360).best
    assert found is not None
    assert (found.n_repeats, found.fits) == (3, True)
    fewer = need().n(2)
    assert fewer is not None
    assert fewer > 360


def test_no_number_of_repeats_is_planned_where_none_is_enough() -> None:
    assert plan(HALF_WITHIN, 200).best is None


def test_the_cost_is_that_of_all_answers_of_one_side() -> None:
    found = plan(share_of_changes(0.2, 0.0), None, EarlierCost(0.01, 3, 3)).best
    assert found is not None
    assert found.cost_usd == pytest.approx(0.01 * (found.n or 0))
    assert plan(HALF_WITHIN, None).ways[0].cost_usd is None


@pytest.mark.parametrize(
    ("guess", "said"),
    [
        (Guess(accuracy=80), r"--accuracy 80 is outside 0..1 \(did you mean 0.8\?\)"),
        (Guess(accuracy=0.95, changed=0.2), "at most 0.1 of the samples change"),
        (Guess(sd=0.0), "--sd 0 is not above 0"),
        (Guess(within=float("nan")), "--within nan is outside 0..1"),
    ],
)
def test_a_guess_that_cannot_be_is_refused(guess: Guess, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        guess.check()


def test_an_accuracy_alone_stands_for_answers_that_have_nothing_to_do_with_each_other() -> None:
    assert Guess(accuracy=0.8).share_changed == pytest.approx(0.32)


@pytest.mark.parametrize(
    ("margin", "label", "said"),
    [
        (None, None, "has no regression gate .give the drop to see"),
        (0.02, "f1", "has no metric 'f1'"),
    ],
)
def test_a_task_with_nothing_to_plan_for_is_refused(margin: float | None, label: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        planned_gates("sums", (), [MetricSpec("accuracy")], margin, label)


def test_a_margin_of_zero_is_shown_by_no_number_of_samples() -> None:
    with pytest.raises(UsageError, match="which no number of samples shows"):
        planned_gates("sums", [replace(GATE, margin=0.0)], (), None, None)


def test_a_slice_takes_as_many_samples_more_as_it_is_a_small_part_of_them() -> None:
    part = Slice("language", "de")
    whole = replace(GATE, metric=MetricSpec("accuracy"))
    sliced = replace(GATE, metric=MetricSpec("accuracy", slice=part))
    found = plan_task("sums", [whole, sliced], Asked(2), Guess(changed=0.1), None, 9_000, {part: 0.3})
    of_all, of_slice = found.needs
    assert [of_slice.n_to_show(1), of_slice.n_to_pass(1)] == [
        ceil((n or 0) / 0.3) for n in (of_all.n_to_show(1), of_all.n_to_pass(1))
    ]
    assert of_slice.visible(1_000, 1) == of_all.visible(300, 1)


def test_slices_of_which_nothing_is_known_are_not_planned_as_if_they_were_of_all() -> None:
    named = replace(GATE, metric=MetricSpec("accuracy", slice=Slice("language", "de")))
    unread = replace(GATE, metric=MetricSpec("accuracy", by="language"))
    found = plan_task("sums", [named, unread], Asked(2), Guess(changed=0.1), None, 100, {})
    assert found.needs == []
    assert [reason for _, reason in found.unknown] == [
        "no sample is known to be in language=de",
        "its slices are known once the rows of the dataset can be read",
    ]


def test_planned_samples_have_their_power_in_sessions_that_are_decided() -> None:
    assert not compute(Planned("binary", 0.05, 0.1, n_others=1), 100).is_off


def test_a_history_tells_whether_few_samples_make_most_of_the_change() -> None:
    rng = np.random.default_rng(3)
    few, all_alike = (Planned("graded", 0.02, share, n_repeats=10) for share in (0.02, 0.0))
    assert few.pilot(rng).kurtosis > 8
    assert all_alike.pilot(rng).kurtosis < 2
    assert Planned("binary", 0.02, 0.1).pilot(rng).kurtosis == 0  # the rule of whole flips knows it

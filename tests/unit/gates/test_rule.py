"""The margin protects: what passes, what fails, and what is left open between them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from evalkit.comparisons.comparable import Side
from evalkit.core.estimate import Comparison
from evalkit.core.gate import MetricSpec
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.gates.regression import RegressionGate
from tests.unit.gates.metric_doubles import ACCURACY, GRADED, Mean, observe

GATE = RegressionGate(MetricSpec("accuracy"), margin=0.05)
PROOF = replace(GATE, fail_when="shown_below_margin")
ALIKE = replace(GATE, is_two_sided=True)


def decide(n: int, wins: int, losses: int, gate: RegressionGate = GATE, metric: Mean = ACCURACY) -> Verdict:
    before = [0.0] * wins + [1.0] * (n - wins)
    after = [1.0] * wins + [0.0] * losses + [1.0] * (n - wins - losses)
    sides = (Side(observe(values), "t", "d") for values in (after, before))
    return decide_session([prepare_regression(gate, metric, *sides)])[0]


def shown(verdict: Verdict) -> Comparison:
    assert verdict.comparison is not None
    return verdict.comparison


@pytest.mark.parametrize("metric", [ACCURACY, GRADED])
def test_five_of_five_right_and_then_none_of_five_fails(metric: Mean) -> None:
    verdict = decide(5, 0, 5, metric=metric)
    assert (verdict.verdict, verdict.p_value) == ("fail", 1 / 32)
    assert decide(4, 0, 4, metric=metric).verdict == "undecided"


@pytest.mark.parametrize(
    ("turns", "verdict"),
    [
        ((1_000, 20, 20), "pass"),  # unchanged, and known well enough
        ((1_000, 0, 30), "pass"),  # worse, and surely within the margin
        ((1_000, 10, 50), "undecided"),  # worse; 0.04 as seen, and 0.053 is possible
        ((1_000, 10, 60), "fail"),  # worse, and 0.05 as seen
        ((100, 4, 9), "undecided"),  # 0.05 as seen, which may be chance
        ((100, 4, 4), "undecided"),  # unchanged as seen, of few samples
    ],
)
def test_a_gate_fails_only_if_a_drop_is_shown_and_reaches_the_margin(
    turns: tuple[int, int, int], verdict: str
) -> None:
    assert decide(*turns).verdict == verdict


def test_a_shown_drop_that_is_less_than_the_margin_as_seen_is_told_and_does_not_fail() -> None:
    verdict = decide(1_000, 10, 50)
    assert shown(verdict).is_worse
    assert "Undecided: worse than the baseline, by less than the margin as seen; " in verdict.detail


def test_a_difference_at_the_very_margin_reaches_it_whatever_the_rounding() -> None:
    for n in range(200, 2_000, 60):
        verdict = decide(n, 0, n // 20, metric=GRADED)
        assert (shown(verdict).difference, verdict.verdict) == (pytest.approx(-0.05), "fail")


def test_who_wants_proof_of_the_whole_margin_gets_it() -> None:
    assert decide(1_000, 10, 60, PROOF).verdict == "undecided"
    assert "worse than the baseline, not shown to be so by more than the margin" in (
        decide(1_000, 10, 60, PROOF).detail
    )
    verdict = decide(1_000, 10, 90, PROOF)
    assert verdict.verdict == "fail"
    assert shown(verdict).high < -0.05
    assert verdict.detail.endswith("Worse than the baseline by more than the margin of 0.05.")


def test_without_a_margin_proof_of_it_is_proof_of_a_drop() -> None:
    for turns in ((200, 3, 14), (200, 5, 10), (200, 14, 3)):
        gates = [replace(gate, margin=0.0) for gate in (GATE, PROOF)]
        assert len({decide(*turns, gate).verdict for gate in gates}) == 1


@pytest.mark.parametrize(
    ("turns", "verdict"),
    [
        ((1_000, 20, 20), "pass"),
        ((1_000, 40, 10), "pass"),  # better, and surely by less than the margin
        ((1_000, 50, 10), "undecided"),
        ((1_000, 70, 10), "fail"),  # better by more than is wanted
        ((1_000, 10, 70), "fail"),
    ],
)
def test_a_gate_that_asks_both_ways_fails_on_what_is_better_too(
    turns: tuple[int, int, int], verdict: str
) -> None:
    found = decide(*turns, ALIKE)
    assert found.verdict == verdict
    assert decide(turns[0], turns[2], turns[1], ALIKE).verdict == verdict


def test_a_gate_that_asks_both_ways_fails_by_the_two_sided_test_and_passes_by_two_one_sided_ones() -> None:
    failed, passed = decide(1_000, 70, 10, ALIKE), decide(1_000, 20, 20, ALIKE)
    assert (shown(failed).confidence, shown(passed).confidence) == pytest.approx((0.95, 0.90))
    assert "(95 % interval; p < 0.0001, exact McNemar)." in failed.detail
    assert "where the gate asks for the same both ways." in failed.detail
    assert passed.detail.endswith("Any difference is within the margin of 0.05 both ways.")
    # p = 1/64 in one direction.
    assert decide(20, 0, 6, ALIKE).p_value == pytest.approx(1 / 32)


@pytest.mark.parametrize("share", [0.0, 0.025, 0.05])
def test_of_true_drops_up_to_the_margin_few_fail_and_at_the_margin_about_half(share: float) -> None:
    """500 samples, one in ten flips by chance alone; before, half of the margin failed as often as it was
    seen."""
    rng = np.random.default_rng(0)
    turns = rng.multinomial(500, [0.05, 0.05 + share, 0.9 - share], 150)
    word = cache(lambda wins, losses: decide(500, wins, losses).verdict)  # many are drawn twice
    verdicts = [word(int(wins), int(losses)) for wins, losses, _ in turns]
    most = {0.0: 0.02, 0.025: 0.10, 0.05: 0.62}[share]
    assert verdicts.count("fail") / 150 <= most
    if share == 0.05:
        assert verdicts.count("pass") / 150 <= 0.05 + 4 * (0.05 * 0.95 / 150) ** 0.5


def test_better_is_held_to_the_alpha_that_the_session_shares_as_worse_is() -> None:
    alone = decide(300, 25, 10)
    assert (alone.verdict, shown(alone).is_better) == ("pass", True)
    before = [0.0] * 25 + [1.0] * 275
    after = [1.0] * 25 + [0.0] * 10 + [1.0] * 265
    sides = [Side(observe(values), "t", "d") for values in (after, before)]
    better = prepare_regression(GATE, ACCURACY, *sides)
    calm = prepare_regression(GATE, ACCURACY, sides[1], sides[1])
    among = decide_session([better, *[calm] * 19])[0]
    assert (among.verdict, shown(among).is_better) == ("pass", False)
    assert "Better" not in among.detail

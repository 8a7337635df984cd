"""Two looks at a regression gate share its alpha, and what the first one decided stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from evalkit.comparisons.comparable import Side
from evalkit.core.gate import MetricSpec
from evalkit.gates.deciding.compared import Measured
from evalkit.gates.deciding.group_sequential import FIRST, decide_looks, holm_levels, second_share
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.gates.regression import RegressionGate
from tests.unit.gates.metric_doubles import ACCURACY, observe

#: That of one gate alone, half of whose variance the rounds took away.
SECOND = second_share(0.05, 0.5)


def look(n_wins: int, n_losses: int, share: float, n: int = 200, margin: float = 0.02) -> Measured:
    gate = RegressionGate(MetricSpec("accuracy"), margin, 0.05)
    before = [0.0] * n_wins + [1.0] * (n - n_wins)
    after = [1.0] * n_wins + [0.0] * n_losses + [1.0] * (n - n_wins - n_losses)
    sides = (Side(observe(values), "t", "d") for values in (after, before))
    measured = prepare_regression(gate, ACCURACY, *sides)
    assert isinstance(measured, Measured)
    return replace(measured, share=share)


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.95])
@pytest.mark.parametrize("n_gates", [1, 5, 20])
def test_both_looks_have_no_more_than_alpha_at_any_level_of_holms_steps(n_gates: int, kept: float) -> None:
    least, both = 0.05 / n_gates, stats.multivariate_normal(cov=[[1, kept**0.5], [kept**0.5, 1]])
    share = second_share(least, kept)
    for level in np.linspace(least, 0.05, 4):
        limits = stats.norm.isf([FIRST * level, share * level])
        assert 1 - both.cdf(limits) <= level + 1e-6


def test_a_second_look_decides_at_its_share_of_alpha() -> None:
    # Six losses: p = 1/64 is below 0.61 * 0.05; five: 1/32 is not.
    first = look(2, 7, FIRST)
    assert decide_looks([[first]])[0].verdict == "undecided"
    assert decide_looks([[first, look(0, 6, SECOND)]])[0].verdict == "fail"
    assert decide_looks([[first, look(0, 5, SECOND)]])[0].verdict == "undecided"


def test_the_p_value_is_the_smaller_one_of_the_looks_over_their_shares() -> None:
    (verdict,) = decide_looks([[look(2, 7, FIRST), look(0, 9, SECOND)]])
    assert verdict.p_value == pytest.approx(2**-9 / SECOND)
    (verdict,) = decide_looks([[look(0, 6, FIRST), look(5, 5, SECOND)]])
    assert verdict.p_value == pytest.approx(2**-6 / FIRST)


def test_the_second_look_passes_what_lies_within_the_margin() -> None:
    (verdict,) = decide_looks([[look(6, 6, FIRST), look(0, 0, SECOND, n=2_000)]])
    assert verdict.verdict == "pass"


def test_a_gate_that_failed_at_the_first_look_fails_whatever_other_gates_show_later() -> None:
    failed, open_gate = look(0, 12, FIRST), look(5, 8, FIRST)
    assert decide_looks([[failed], [open_gate]])[0].verdict == "fail"
    for second in (look(0, 0, SECOND), look(0, 20, SECOND), look(20, 0, SECOND)):
        assert decide_looks([[failed], [open_gate, second]])[0].verdict == "fail"


def test_a_gate_that_fails_at_its_second_look_raises_the_level_of_the_others() -> None:
    first, other = look(2, 7, FIRST), look(0, 7, FIRST)
    assert holm_levels([[first], [other]], 1) == pytest.approx((0.025, 0.025))
    before = decide_looks([[first], [other]])[1]
    after = decide_looks([[first, look(0, 12, SECOND)], [other]])[1]
    assert (before.verdict, after.verdict) == ("fail", "fail")
    assert before.comparison is not None
    assert after.comparison is not None
    assert (before.comparison.alpha, after.comparison.alpha) == pytest.approx((FIRST * 0.025, FIRST * 0.05))


def test_what_could_not_be_compared_takes_no_share_of_alpha() -> None:
    gate = RegressionGate(MetricSpec("accuracy"))
    nothing = prepare_regression(gate, ACCURACY, Side(observe([1.0]), "t", "d"), None)
    verdicts = decide_looks([[nothing], [look(0, 7, FIRST)]])
    assert [verdict.verdict for verdict in verdicts] == ["undecided", "fail"]

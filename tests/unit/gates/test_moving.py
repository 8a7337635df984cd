"""What keeps a baseline from moving on to a run."""

from __future__ import annotations

from dataclasses import replace

from evalkit.core.estimate import Comparison
from evalkit.core.gate import GateRules, MetricSpec
from evalkit.core.run import Evaluation, SubjectRecord
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.moving import Held, why_held
from evalkit.gates.regression import RegressionGate

SUBJECT = SubjectRecord("s", "python:app:answer", None, {}, "default", None, "p")
EVALUATION = Evaluation("e", "r", "qa", "t", "d", SUBJECT, 50, 0, "finished")
GATE = RegressionGate(MetricSpec("accuracy"), margin=0.05)


def undecided(difference: float | None, gate: str = GATE.text) -> Verdict:
    comparison = None
    if difference is not None:
        comparison = Comparison(
            "accuracy", 0.8, 0.8 + difference, difference, -0.4, 0.1, 0.2, 0.05, 50, 2, 9, 39
        )
    return Verdict(gate, "undecided", "", comparison=comparison)


def held(*verdicts: Verdict, allowed: bool = False) -> Held | None:
    evaluation = replace(EVALUATION, rules=GateRules((GATE,)))
    return why_held([(evaluation, verdicts)], is_undecided_allowed=allowed)


def test_a_drop_of_the_margin_holds_it_whatever_the_policy() -> None:
    for allowed in (False, True):
        found = held(undecided(-0.06), allowed=allowed)
        assert found is not None
        assert found.is_drop
        assert found.reason == ("qa: regression(accuracy) is undecided and fell by 0.060, its margin or more")


def test_a_drop_that_misses_the_margin_by_rounding_alone_has_reached_it() -> None:
    evaluation = replace(EVALUATION, rules=GateRules((replace(GATE, margin=0.1),)))
    found = why_held([(evaluation, [undecided(18 / 20 - 1)])], is_undecided_allowed=True)
    assert found is not None
    assert found.is_drop


def test_less_than_the_margin_holds_it_unless_undecided_gates_are_allowed() -> None:
    found = held(undecided(-0.04), undecided(None, "accuracy >= 0.8 proven"))
    assert found == Held("qa: regression(accuracy) is undecided (1 more gate)", is_drop=False)
    assert held(undecided(-0.04), allowed=True) is None


def test_no_drop_is_none_at_a_margin_of_zero() -> None:
    evaluation = replace(EVALUATION, rules=GateRules((replace(GATE, margin=0.0),)))
    assert why_held([(evaluation, [undecided(0.0)])], is_undecided_allowed=True) is None


def test_gates_that_passed_or_were_recorded_and_flaky_samples_do_not_hold_it() -> None:
    recorded = Verdict(GATE.text, "undecided", "", is_recorded=True)
    assert held(recorded, Verdict("accuracy >= 0.5", "pass", ""), undecided(None, "asserts")) is None

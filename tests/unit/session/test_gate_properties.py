"""The numbers that a gate's test case carries."""

from __future__ import annotations

from evalkit.core.estimate import Comparison, Estimate
from evalkit.core.gate import MetricSpec
from evalkit.core.verdict import Verdict
from evalkit.gates.absolute import AbsoluteGate
from evalkit.gates.regression import RegressionGate
from evalkit.session.gate_properties import gate_properties

ESTIMATES = {"accuracy": Estimate("accuracy", 0.8, 0.7, 0.9, 100, "accuracy|v1", n_failed=2)}


def test_an_absolute_gate_has_value_and_interval():
    gate = AbsoluteGate(MetricSpec("accuracy"), ">=", 0.5)
    assert gate_properties(gate, Verdict(gate.text, "pass", ""), ESTIMATES) == {
        "metric": "accuracy", "value": 0.8, "ci_low": 0.7, "ci_high": 0.9, "n": 100, "n_failed": 2,
    }  # fmt: skip


def test_a_regression_gate_has_the_difference_and_the_p_value():
    gate = RegressionGate(MetricSpec("accuracy"))
    shown = Comparison(
        "accuracy", 0.9, 0.8, -0.1, -0.2, -0.01, 0.03, 0.05, 90, 1, 10, 79, 0.1, None, "McNemar"
    )
    found = gate_properties(gate, Verdict(gate.text, "fail", "", 0.03, "run-1", shown), ESTIMATES)
    names = ("baseline", "difference", "difference_low", "difference_high")
    assert [found[name] for name in names] == [0.9, -0.1, -0.2, -0.01]
    assert (found["n_paired"], found["p_value"], found["baseline_run_id"]) == (90, 0.03, "run-1")


def test_a_metric_without_a_value_leaves_the_numbers_out():
    gate = AbsoluteGate(MetricSpec("accuracy"), ">=", 0.5)
    broken = {"accuracy": Estimate("accuracy", None, None, None, 0, "", error="nothing counts")}
    assert gate_properties(gate, Verdict(gate.text, "error", ""), broken) == {
        "metric": "accuracy", "n": 0, "n_failed": 0,
    }  # fmt: skip

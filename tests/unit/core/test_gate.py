"""What a gate asks for, as written."""

from __future__ import annotations

import math
from typing import Any

import pytest

from evalkit.core.gate import GateRules, MetricSpec, parse_gate
from evalkit.core.judge_condition import JudgeCondition
from evalkit.errors import TaskError
from evalkit.gates.regression import RegressionGate


@pytest.mark.parametrize("number", ["0.5", "1", "0.1234567", "12345678", "1e-07"])
def test_the_text_of_a_gate_gives_the_same_gate_again(number: str) -> None:
    gate = parse_gate(f"accuracy >= {number}")
    assert parse_gate(gate.text) == gate


@pytest.mark.parametrize("proof", ["proven", "not disproven"])
def test_a_gate_keeps_its_proof_in_its_text_and_in_the_store(proof: str) -> None:
    gate = parse_gate(f"accuracy >=0.9  {proof.replace(' ', '   ')} ")
    assert gate.text == f"accuracy >= 0.9 {proof}"
    assert parse_gate(gate.text) == gate
    assert GateRules.from_mapping(GateRules((gate,)).as_dict()).gates == (gate,)


def test_a_gate_of_a_metric_with_parameters_is_a_mapping_and_is_stored_as_any() -> None:
    metric = {"f1": {"positive": "spam"}}
    gate = parse_gate({"absolute": {"metric": metric, "op": ">=", "threshold": 0.8, "proof": "proven"}})
    assert gate.text == "f1(positive=spam) >= 0.8 proven"
    assert GateRules.from_mapping(GateRules((gate,)).as_dict()).gates == (gate,)
    assert parse_gate({"absolute": "accuracy >= 0.8"}) == parse_gate("accuracy >= 0.8")


def test_a_gate_without_a_proof_is_written_as_ever() -> None:
    gate = parse_gate("accuracy >= 0.9")
    assert gate.text == "accuracy >= 0.9"
    assert GateRules((gate,)).as_dict()["gates"] == [
        {"metric": ["accuracy", {}], "op": ">=", "threshold": 0.9}
    ]


@pytest.mark.parametrize(
    "gate, hint",
    [
        ("accuracy >= 0.9 prooven", "did you mean proven"),
        ("accuracy >= 0.9 not disprovn", "did you mean not disproven"),
        ("accuracy >= 0.9 please", "known: not disproven, proven"),
        ("accuracy == 0.9 proven", "use >= or <="),
        (
            {"absolute": {"metric": "accuracy", "op": "==", "threshold": 0.9, "proof": "proven"}},
            "use >= or <=",
        ),
        (
            {
                "absolute": {
                    "metric": "accuracy",
                    "op": ">=",
                    "threshold": 0.9,
                    "proof": "proven",
                    "missing": "worst",
                }
            },
            "leave one of the two out",
        ),
        ({"absolute": {"metric": "accuracy", "op": ">="}}, "names no threshold .write 'absolute:"),
        ({"absolute": {"metric": "accuracy", "op": "=>", "threshold": 0.9}}, "did you mean"),
    ],
)
def test_a_proof_that_cannot_be_says_what_can(gate: Any, hint: str) -> None:
    with pytest.raises(TaskError, match=hint):
        parse_gate(gate)


@pytest.mark.parametrize(
    "gate",
    ["accuracy >= nan", "accuracy >= much", {"regression": {"metric": "accuracy", "margin": math.nan}}],
    ids=str,
)
def test_a_bound_that_is_no_number_is_refused(gate: Any) -> None:
    with pytest.raises(TaskError, match="is not a number"):
        parse_gate(gate)


def test_the_options_of_a_regression_gate_are_read_and_stored() -> None:
    gate = parse_gate(
        {"regression": {"metric": "f1", "margin": 0.05, "fail_when": "shown_below_margin", "two_sided": True}}
    )
    assert gate == RegressionGate(MetricSpec("f1"), 0.05, 0.05, "shown_below_margin", True)
    assert GateRules.from_mapping(GateRules((gate,)).as_dict()).gates == (gate,)


def test_gates_of_an_older_store_ask_as_a_gate_does_that_says_nothing() -> None:
    rules = GateRules((RegressionGate(MetricSpec("accuracy")),))
    values = rules.as_dict()
    for name in ("fail_when", "two_sided"):
        del values["gates"][0][name]
    assert GateRules.from_mapping(values) == rules


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"fail_when": "sometimes"}, "fail_when 'sometimes' is unknown"),
        ({"two_sided": "yes"}, "two_sided 'yes' is not true or false"),
        ({"two_sided": True, "margin": 0}, "two_sided needs a margin above 0"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(params: dict[str, Any], said: str) -> None:
    with pytest.raises(TaskError, match=said):
        parse_gate({"regression": {"metric": "accuracy", **params}})


def test_stored_rules_with_a_gate_of_a_kind_that_is_not_here_are_kept_as_they_were() -> None:
    stored = {
        "gates": [
            {"kind": "summit", "metric": ["accuracy", {}], "at": 0.9},
            {"metric": ["accuracy", {}], "op": ">=", "threshold": 0.5},
        ],
        "max_error_rate": 0.01,
        "min_common": 0.5,
    }
    rules = GateRules.from_mapping(stored)
    assert [gate.text for gate in rules.gates] == ["summit(accuracy)", "accuracy >= 0.5"]
    assert rules.as_dict() == stored


def test_the_condition_on_a_judge_is_kept_with_the_gates() -> None:
    rules = GateRules((), judge=JudgeCondition(0.6, 30.0, proven=True))
    assert GateRules.from_mapping(rules.as_dict()) == rules
    assert "judge" not in GateRules().as_dict()

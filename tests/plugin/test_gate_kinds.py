"""A kind of gate that another package brings: written in a task file, decided, stored and read again."""

from __future__ import annotations

from evalkit.core.gate import GateRules
from evalkit.registry import GATES
from evalkit.store.store import Store
from tests.story import Story

KIND = '''
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from evalkit import Evidence, Gate, MetricSpec, Verdict


@dataclass(frozen=True)
class CeilingGate(Gate):
    """A metric that is too good to be true: the answers may have leaked."""

    kind: ClassVar[str] = "ceiling"
    decider: ClassVar[str] = "ceiling_gate:CeilingDecider"

    at: float = 1.0

    @property
    def text(self) -> str:
        return f"ceiling({self.metric.label} < {self.at:g})"

    def values(self) -> dict[str, Any]:
        return {"at": self.at}

    @classmethod
    def from_values(cls, metric: MetricSpec, values: Mapping[str, Any]) -> Self:
        return cls(metric, float(values["at"]))


class CeilingDecider:
    def decide(self, gate: CeilingGate, evidence: Evidence) -> Verdict:
        value = evidence.estimate.value
        assert value is not None
        return Verdict(gate.text, "pass" if value < gate.at else "fail", f"{gate.metric.label} is {value:g}.")

    def why_not_early(self, gate: CeilingGate, metric: Any) -> str | None:
        return "it reads the whole value"

    def sequence(self, *_: Any) -> Any:
        raise NotImplementedError
'''
TASK = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
gates:
  - ceiling: {metric: accuracy, at: 0.95}
"""


def test_a_kind_of_another_package_is_decided_and_its_rules_are_read_again(story: Story) -> None:
    story.write("ceiling_gate.py", KIND)
    story.write("suites/shout.eval.yaml", TASK)
    story.write(
        "conftest.py",
        "from evalkit.registry import GATES\nGATES.register('ceiling', 'ceiling_gate:CeilingGate')\n",
    )
    assert story.run("--llm-sequential").ret == 1
    (verdict,) = story.sql("SELECT gate, verdict, detail FROM verdicts")
    assert verdict == {
        "gate": "ceiling(accuracy < 0.95)",
        "verdict": "fail",
        "detail": "accuracy is 1. Asked to the end: it reads the whole value.",
    }
    with Store.open(story.path / ".evalkit/results.duckdb") as store:
        (evaluation,) = store.evaluations(store.run("latest").run_id)
    assert isinstance(evaluation.rules, GateRules)
    (gate,) = evaluation.rules.gates
    assert gate == GATES.get("ceiling").parse({"metric": "accuracy", "at": 0.95})

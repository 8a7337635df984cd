"""Two runs of one task, row by row, for tests of what a comparison is told with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from evalkit.core.estimate import Comparison
from evalkit.core.gate import GateRules, MetricSpec
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.core.verdict import GateResult, Verdict
from evalkit.gates.regression import RegressionGate
from evalkit.report.collect import collect
from evalkit.report.data import ReportData
from tests.unit.report.memory_source import MemorySource, comparison

GATE = RegressionGate(MetricSpec("accuracy"), margin=0.02)


def answered(
    outputs: Sequence[str], right: Sequence[bool], inputs: Sequence[str] = (), **changes: Any
) -> Observations:
    """One sample for each output; the scorer takes the whole output for the answer."""
    inputs = inputs or [f"Question {i}?" for i in range(len(outputs))]
    ids = [f"s{i}" for i in range(len(outputs))]
    pairs = zip(ids, outputs, inputs, strict=True)
    responses = [Response(output, i, input=text) for i, output, text in pairs]
    scores = [Score("exact_match", float(each), text) for each, text in zip(right, outputs, strict=True)]
    found = Observations(ids, ["yes"] * len(ids), responses, {"exact_match": scores})
    return replace(found, **changes)


def compared(
    before: Observations,
    now: Observations,
    verdict: GateResult | None = "fail",
    *,
    task: str = "primes",
    **changes: Any,
) -> MemorySource:
    """A run against an earlier one in accuracy; without ``verdict`` no gate asks.

    Args:
        changes: of the comparison.
    """
    source = MemorySource()
    for run_id, observations in (("old", before), ("new", now)):
        source.add_run(run_id)
        source.add(run_id, run_id, observations, task=task, rules=GateRules((GATE,)))
    made = comparison(**changes)
    if verdict is not None:
        source.verdicts_of["new"] = [Verdict(GATE.text, verdict, "As said.", made.p_value, "old", made)]
    return source


def report(source: MemorySource) -> ReportData:
    return collect(source, "new", baseline_run_id="old")


def with_task(source: MemorySource, task: str, difference: float, verdict: GateResult = "fail") -> None:
    """One more task of both runs, whose accuracy moved by ``difference``."""
    made = moved(difference)
    for run_id in ("old", "new"):
        evaluation = f"{run_id} {task}"
        observations = source.observations_of[run_id]
        source.add(run_id, evaluation, observations, task=task, rules=GateRules((GATE,)))
    source.verdicts_of[f"new {task}"] = [Verdict(GATE.text, verdict, "As said.", made.p_value, "old", made)]


def moved(difference: float, **changes: Any) -> Comparison:
    """From 0.5, with ends 0.1 away on either side."""
    ends = {"low": difference - 0.1, "high": difference + 0.1}
    return comparison(candidate=0.5 + difference, difference=difference, **ends, **changes)

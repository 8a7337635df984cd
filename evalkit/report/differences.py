"""The differences that a page is about, each with the gate that asked, the worst first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import inf

from evalkit.core.estimate import Comparison
from evalkit.core.frozen import frozen
from evalkit.core.verdict import Verdict
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.units import is_operation
from evalkit.report.data import EvaluationData, ReportData
from evalkit.report.deltas import Delta, delta
from evalkit.report.story import Shape

#: A metric's label with the slice behind it.
_SLICED = re.compile(r"(?P<whole>[^\[(]*(?:\(.*\))?)\[(?P<part>.*)\]", re.DOTALL)
_ORDER: tuple[Shape, ...] = ("fail", "worse", "undecided", "unclear", "pass", "better")


@frozen(slots=True)
class Difference:
    """One metric of one evaluation against its baseline.

    Attributes:
        change: as it is shown, in the metric's own direction, with an interval.
        verdict: of the gate that asked; None where none did.
        gate: that gate, where the store has it.
    """

    item: EvaluationData
    metric: str
    comparison: Comparison
    change: Delta
    verdict: Verdict | None = None
    gate: RegressionGate | None = None

    @property
    def task(self) -> str:
        return self.item.task

    @property
    def label(self) -> str:
        return self.item.label

    @property
    def shape(self) -> Shape:
        """The verdict, or what the difference shows by itself."""
        if self.verdict is not None and self.verdict.verdict in ("pass", "fail", "undecided"):
            return self.verdict.verdict
        return {"worse": "worse", "better": "better"}.get(self.change.word, "unclear")  # type: ignore[return-value]

    @property
    def ends(self) -> tuple[float, float]:
        """Of the interval, in the metric's own direction."""
        return ends_of_change(self.change)

    @property
    def margins(self) -> tuple[float, ...]:
        """Changes that the gate just does not accept, in the metric's own direction."""
        return () if self.gate is None else margins_of(self.gate, self.change)

    @property
    def is_told(self) -> bool:
        """Whether a picture shows it: what says how good answers are, and of what they took that which a gate
        asks about or that moved."""
        return self.verdict is not None or not is_operation(self.metric) or self.shape in ("worse", "better")

    @property
    def order(self) -> tuple[int, float]:
        """The worst first: by verdict, then by how far it fell."""
        return order_of(self.shape, self.comparison.difference)


def ends_of_change(change: Delta) -> tuple[float, float]:
    """Of its interval; the difference itself where it has none."""
    low, high = change.low, change.high
    return (change.difference if low is None else low), (change.difference if high is None else high)


def margins_of(gate: RegressionGate, change: Delta) -> tuple[float, ...]:
    """Changes that the gate just does not accept, in the metric's own direction."""
    one = -gate.margin if change.is_higher_better else gate.margin
    return (one, -one) if gate.is_two_sided else (one,)


def order_of(shape: Shape, fall: float) -> tuple[int, float]:
    """The worst first.

    Args:
        fall: the difference, larger being better.
    """
    return _ORDER.index(shape), fall if fall == fall else inf


def whole_and_part(label: str) -> tuple[str, str]:
    """``f1(positive=yes)[language=de]`` -> ``f1(positive=yes)``, ``language=de``; no part of a metric over
    all samples."""
    found = _SLICED.fullmatch(label)
    return (found["whole"], found["part"]) if found else (label, "")


def differences(data: ReportData) -> list[Difference]:
    """All that were compared and have an interval, the worst first."""
    found = [each for item in data.evaluations for each in _of(item)]
    return sorted(found, key=lambda each: each.order)


def _of(item: EvaluationData) -> Iterator[Difference]:
    if item.pair is None:
        return
    decided = {v.comparison.metric: v for v in item.verdicts if v.comparison is not None}
    gates = _gates(item)
    for estimate in item.estimates:
        comparison = item.pair.comparisons.get(estimate.metric)
        change = delta(estimate, item.pair) if comparison is not None else None
        if comparison is None or change is None or change.low is None:
            continue
        verdict = decided.get(estimate.metric)
        gate = gates.get(verdict.gate) if verdict is not None else None
        yield Difference(item, estimate.metric, comparison, change, verdict, gate)


def _gates(item: EvaluationData) -> dict[str, RegressionGate]:
    rules = item.evaluation.rules
    gates = rules.gates if rules is not None else ()
    return {gate.text: gate for gate in gates if isinstance(gate, RegressionGate)}

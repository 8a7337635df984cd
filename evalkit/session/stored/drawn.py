"""What ``evalkit compare`` found as rows of a forest plot: no response is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

from evalkit.core.gate import MetricSpec
from evalkit.errors import EvalkitError
from evalkit.gates.regression import RegressionGate
from evalkit.report.deltas import Delta, delta_of
from evalkit.report.differences import ends_of_change, margins_of, order_of
from evalkit.report.forest import forest
from evalkit.report.story import ForestPlot, Shape
from evalkit.session.stored.findings import Finding


@dataclass(frozen=True)
class DrawnFinding:
    """One Finding with an interval.

    Attributes:
        change: in the metric's own direction.
    """

    finding: Finding
    change: Delta

    @property
    def task(self) -> str:
        return self.finding.candidate.task

    @property
    def label(self) -> str:
        return self.finding.candidate.subject.label

    @property
    def metric(self) -> str:
        return self.finding.metric

    @property
    def shape(self) -> Shape:
        """Of a gate its verdict; of what no gate asks about, what the difference shows."""
        verdict = self.finding.verdict.verdict
        if self.finding.is_gate and verdict in ("pass", "fail", "undecided"):
            return verdict
        if verdict == "fail":
            return "worse"
        return "better" if self.change.is_better else "unclear"

    @property
    def ends(self) -> tuple[float, float]:
        return ends_of_change(self.change)

    @property
    def margins(self) -> tuple[float, ...]:
        rules = self.finding.candidate.rules
        if not self.finding.is_gate or rules is None:
            return ()
        gates = (each for each in rules.gates if isinstance(each, RegressionGate))
        asked = next((each for each in gates if each.text == self.finding.verdict.gate), None)
        return () if asked is None else margins_of(asked, self.change)


def drawn(findings: Sequence[Finding]) -> tuple[ForestPlot, ...]:
    """The pictures, one for each unit and direction, the worst first; of what was tested and has a finite
    interval."""
    found = list(_drawn(findings))
    found.sort(key=_order)
    return forest(found)


def _order(each: DrawnFinding) -> tuple[int, float]:
    fall = each.change.difference if each.change.is_higher_better else -each.change.difference
    return order_of(each.shape, fall)


def _drawn(findings: Sequence[Finding]) -> Iterator[DrawnFinding]:
    for finding in findings:
        found = finding.verdict.comparison
        if found is not None and all(map(isfinite, (found.difference, found.low, found.high))):
            yield DrawnFinding(finding, delta_of(found, _is_higher_better(finding), None))


def _is_higher_better(finding: Finding) -> bool:
    """The metric's own direction; where it cannot be opened any more, the one that its values show."""
    from evalkit.metrics.open import open_metric

    found = finding.verdict.comparison
    assert found is not None
    try:
        return open_metric(MetricSpec(*finding.candidate.metric_specs[finding.metric])).is_higher_better
    except (KeyError, EvalkitError):
        return (found.candidate - found.baseline) * found.difference >= 0

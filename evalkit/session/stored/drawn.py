"""What ``evalkit compare`` found, or a session decided, as rows of a forest plot: no response is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

from evalkit.core.estimate import Comparison
from evalkit.core.gate import MetricSpec
from evalkit.core.run import Evaluation
from evalkit.core.verdict import Verdict
from evalkit.errors import EvalkitError
from evalkit.gates.regression import RegressionGate
from evalkit.report.deltas import Delta, delta_of
from evalkit.report.differences import ends_of_change, margins_of, order_of
from evalkit.report.forest import forest
from evalkit.report.sections import Section
from evalkit.report.story import Forest, ForestPlot, Shape
from evalkit.session.stored.findings import Finding
from evalkit.store.store import Store


@dataclass(frozen=True)
class DrawnVerdict:
    """A verdict with a comparison that has an interval.

    Attributes:
        of: the candidate's evaluation.
        is_gate: whether its task asked; else it was explored.
        change: in the metric's own direction.
    """

    of: Evaluation
    verdict: Verdict
    metric: str
    is_gate: bool
    change: Delta

    @property
    def task(self) -> str:
        return self.of.task

    @property
    def label(self) -> str:
        return self.of.subject.label

    @property
    def shape(self) -> Shape:
        """Of a gate its verdict; of what no gate asks about, what the difference shows."""
        result = self.verdict.verdict
        if self.is_gate and result in ("pass", "fail", "undecided"):
            return result
        if result == "fail":
            return "worse"
        return "better" if self.change.is_better else "unclear"

    @property
    def ends(self) -> tuple[float, float]:
        return ends_of_change(self.change)

    @property
    def margins(self) -> tuple[float, ...]:
        rules = self.of.rules
        if not self.is_gate or rules is None:
            return ()
        gates = (each for each in rules.gates if isinstance(each, RegressionGate))
        asked = next((each for each in gates if each.text == self.verdict.gate), None)
        return () if asked is None else margins_of(asked, self.change)


def drawn(findings: Sequence[Finding]) -> tuple[ForestPlot, ...]:
    """The pictures, one for each unit and direction, the worst first; of what was tested and has a finite
    interval."""
    return _forest((each.candidate, each.metric, each.verdict, each.is_gate) for each in findings)


def drawn_gates(verdicts: Iterable[tuple[Evaluation, Verdict]]) -> tuple[ForestPlot, ...]:
    """Those of the gates of a run."""
    compared = ((each, verdict, verdict.comparison) for each, verdict in verdicts)
    return _forest((each, c.metric, verdict, True) for each, verdict, c in compared if c is not None)


def gates_drawn(store: Store, run_id: str) -> Iterator[Section]:
    """The differences that gates of a stored run were decided on, as its report draws them; none without."""
    verdicts = [
        (each, verdict)
        for each in store.evaluations(run_id)
        for verdict in store.verdicts(each.evaluation_id)
    ]
    if plots := drawn_gates(verdicts):
        yield Section("forest", "", (Forest(plots),))


def change_of(finding: Finding) -> Delta | None:
    """The difference in the metric's own direction; None where nothing was compared."""
    c = finding.verdict.comparison
    return None if c is None else _change(finding.candidate, finding.metric, c)


def _change(evaluation: Evaluation, metric: str, found: Comparison) -> Delta:
    return delta_of(found, _is_higher_better(evaluation, metric, found), None)


def _forest(found: Iterable[tuple[Evaluation, str, Verdict, bool]]) -> tuple[ForestPlot, ...]:
    rows: list[DrawnVerdict] = []
    for evaluation, metric, verdict, is_gate in found:
        c = verdict.comparison
        if c is not None and all(map(isfinite, (c.difference, c.low, c.high))):
            rows.append(DrawnVerdict(evaluation, verdict, metric, is_gate, _change(evaluation, metric, c)))
    rows.sort(key=_order)
    return forest(rows)


def _order(each: DrawnVerdict) -> tuple[int, float]:
    fall = each.change.difference if each.change.is_higher_better else -each.change.difference
    return order_of(each.shape, fall)


def _is_higher_better(evaluation: Evaluation, metric: str, found: Comparison) -> bool:
    """The metric's own direction; where it cannot be opened any more, the one that its values show."""
    from evalkit.metrics.open import open_metric

    try:
        return open_metric(MetricSpec(*evaluation.metric_specs[metric])).is_higher_better
    except (KeyError, EvalkitError):
        return (found.candidate - found.baseline) * found.difference >= 0

"""What the looks see of one unit: its samples in the order in which they are asked, gate by gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import fsum

from evalkit.core.gate import AbsoluteGate, Gate, RegressionGate
from evalkit.core.run import Evaluation
from evalkit.core.verdict import Verdict
from evalkit.errors import MetricError
from evalkit.gates.sequential import AbsoluteSequence, Decision, RegressionSequence, StoppedRegression
from evalkit.metrics.metric import Metric
from evalkit.runner.unit import Unit


@dataclass(frozen=True, slots=True)
class SampleValue:
    """One Sample in one metric: the sum of its values, how many there are and how many failed."""

    total: float
    n: int
    n_failed: int

    @property
    def mean(self) -> float | None:
        return self.total / self.n if self.n else None

    def mean_with(self, filling: float) -> float:
        """The mean with ``filling`` in place of what failed, or of a sample that has no value at all."""
        n_failed = self.n_failed if self.n else max(1, self.n_failed)
        return (self.total + n_failed * filling) / (self.n + n_failed)


@dataclass(frozen=True, slots=True)
class Stored:
    """The stored side of a regression gate: means over repeats by sample id.

    Attributes:
        common: which samples these are, where the dataset was edited, a sentence.
        pooled_with: the runs that are pooled with the evaluation's.
    """

    evaluation: Evaluation
    values: Mapping[str, float]
    common: str = ""
    pooled_with: tuple[str, ...] = ()


class UnitMonitor:
    """Feeds a unit's gates sample by sample. A sample counts when all before it, in the order in which they
    are asked, have come: what is slow to come is no other than what is quick.

    Attributes:
        live: the unit of the same session that its regression gates compare with, if any.
    """

    def __init__(self, unit: Unit, max_error_rate: float) -> None:
        self.unit = unit
        self.live: Unit | None = None
        self._max_error_rate = max_error_rate
        self._gates: list[_Watched] = []
        self._n_seen = 0
        self._is_spoilt = False

    def add_absolute(self, gate: AbsoluteGate, metric: Metric, n_gates: int) -> None:
        """Watch an absolute gate, one of ``n_gates`` in the session."""
        sequence = AbsoluteSequence(gate, metric, len(self.unit.samples), n_gates)
        self._gates.append(_Watched(gate, metric, absolute=sequence))

    def add_regression(
        self, gate: RegressionGate, metric: Metric, n_gates: int, baseline: Stored | Unit
    ) -> None:
        """Watch a regression gate, one of ``n_gates`` in the session, against what is stored, or against a
        unit of the same samples that is asked now."""
        sequence = RegressionSequence(gate, metric, len(self.unit.samples), n_gates)
        if isinstance(baseline, Unit):
            self.live = baseline
        stored = baseline if isinstance(baseline, Stored) else None
        self._gates.append(_Watched(gate, metric, regression=sequence, stored=stored))

    @property
    def is_decided(self) -> bool:
        """Whether every gate is. Too many failed responses, and values beyond a metric's bounds, leave the
        verdicts to the end."""
        return not self._is_spoilt and all(
            each.decision is not None and each.is_sound(self._max_error_rate) for each in self._gates
        )

    def advance(self) -> None:
        """Take in what has come since, up to the sample at which every gate is decided."""
        order = self.unit.order
        assert order is not None
        while self._n_seen < len(order) and not self._is_over():
            index = order[self._n_seen]
            if not _has_come(self.unit, index) or (self.live is not None and not _has_come(self.live, index)):
                return
            self._n_seen += 1
            self._take(index)

    def absolute_verdict(self, gate: AbsoluteGate) -> Verdict:
        """Of a unit that was stopped."""
        watched = self._find(gate)
        assert watched is not None
        assert watched.absolute is not None
        assert watched.decision is not None
        return watched.absolute.verdict(watched.decision)

    def stopped(self, gate: RegressionGate) -> StoppedRegression | None:
        """Of a unit that was stopped; None for a gate that compares with nothing."""
        watched = self._find(gate)
        if watched is None:
            return None
        assert watched.regression is not None
        assert watched.decision is not None
        return watched.regression.stopped(watched.decision)

    def baseline_of(self, gate: RegressionGate) -> Evaluation | None:
        """The stored evaluation that a gate compares with; None for a live one."""
        watched = self._find(gate)
        return watched.stored.evaluation if watched is not None and watched.stored is not None else None

    def common_of(self, gate: RegressionGate) -> str:
        """Which samples a gate is decided on, where the dataset was edited."""
        watched = self._find(gate)
        return watched.stored.common if watched is not None and watched.stored is not None else ""

    def pooled_with(self, gate: RegressionGate) -> tuple[str, ...]:
        """The runs that are pooled with that of the gate's baseline."""
        watched = self._find(gate)
        return watched.stored.pooled_with if watched is not None and watched.stored is not None else ()

    def _find(self, gate: Gate) -> _Watched | None:
        return next((each for each in self._gates if each.gate is gate), None)

    def _is_over(self) -> bool:
        return self._is_spoilt or (self._n_seen > 0 and self.is_decided)

    def _take(self, index: int) -> None:
        for each in self._gates:
            after = self._value(each, self.unit, index)
            before = None
            if each.regression is not None:
                before = self._before(each, index)
            if self._is_spoilt:
                return
            each.add(before, after)

    def _before(self, watched: _Watched, index: int) -> float | None:
        if watched.stored is None:
            assert self.live is not None
            return self._value(watched, self.live, index).mean
        value = watched.stored.values.get(self.unit.samples[index].id)
        if value is not None:
            self._check_bounds(watched.metric, [value])
        return value

    def _value(self, watched: _Watched, unit: Unit, index: int) -> SampleValue:
        try:
            table = watched.metric.table(unit.observations(index))
            values, n_failed = table.rows[:, 0].tolist(), table.n_failed
        except MetricError:  # nothing of this sample counts
            values, n_failed = [], unit.n_repeats
        self._check_bounds(watched.metric, values)
        counts = watched.counts.setdefault(unit.evaluation_id, [0, 0])
        counts[0] += n_failed
        counts[1] += unit.n_repeats
        return SampleValue(fsum(values), len(values), n_failed)

    def _check_bounds(self, metric: Metric, values: list[float]) -> None:
        lowest, highest = metric.bounds
        slack = 1e-9 * (highest - lowest)
        if any(not lowest - slack <= value <= highest + slack for value in values):
            self._is_spoilt = True


@dataclass(slots=True)
class _Watched:
    """One gate. ``counts`` are failed and all responses by evaluation; a decision stays."""

    gate: Gate
    metric: Metric
    absolute: AbsoluteSequence | None = None
    regression: RegressionSequence | None = None
    stored: Stored | None = None
    counts: dict[str, list[int]] = field(default_factory=dict)
    decision: Decision | None = None

    def add(self, before: float | None, after: SampleValue) -> None:
        if self.absolute is not None:
            lowest, highest = self.metric.bounds
            self.absolute.add(after.mean_with(lowest), after.mean_with(highest))
            self.decision = self.decision or self.absolute.decision
        if self.regression is not None:
            self.regression.add(before, after.mean)
            self.decision = self.decision or self.regression.decision

    def is_sound(self, max_error_rate: float) -> bool:
        return all(n_failed <= max_error_rate * n for n_failed, n in self.counts.values())


def _has_come(unit: Unit, index: int) -> bool:
    return all(response is not None for response in unit.answers(index))

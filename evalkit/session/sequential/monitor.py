"""What the looks see of one unit: its samples in the order in which they are asked, gate by gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum

from evalkit.core.gate import Gate
from evalkit.core.run import Evaluation
from evalkit.core.verdict import Verdict
from evalkit.errors import MetricError
from evalkit.gates.deciding.sequential import ComparedSequence, Decision, OwnSequence, StoppedRegression
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
    """The stored side of a compared gate: means over repeats by sample id.

    Attributes:
        common: which samples these are, where the dataset was edited, a sentence.
        pooled_with: the runs that are pooled with the evaluation's.
    """

    evaluation: Evaluation
    values: Mapping[str, float]
    common: str = ""
    pooled_with: tuple[str, ...] = ()


@dataclass(slots=True)
class _Watched:
    """One gate. ``counts`` are failed and all responses by evaluation."""

    gate: Gate
    metric: Metric
    counts: dict[str, list[int]] = field(default_factory=dict, init=False)
    decision: Decision | None = field(default=None, init=False)

    def is_sound(self, max_error_rate: float) -> bool:
        """Whether few enough of what was seen failed."""
        return all(n_failed <= max_error_rate * n for n_failed, n in self.counts.values())

    @property
    def decided(self) -> Decision:
        """The decision of a gate whose unit was stopped."""
        if self.decision is None:
            raise RuntimeError(f"{self.gate.text} stopped undecided")
        return self.decision


@dataclass(slots=True)
class WatchedOwn(_Watched):
    """A gate that reads the unit alone."""

    sequence: OwnSequence

    def take(self, after: SampleValue) -> None:
        """The next sample; a decision stays."""
        lowest, highest = self.metric.bounds
        self.sequence.add(after.mean_with(lowest), after.mean_with(highest))
        self.decision = self.decision or self.sequence.decision

    @property
    def verdict(self) -> Verdict:
        """Of a unit that was stopped."""
        return self.sequence.verdict(self.decided)


@dataclass(slots=True)
class WatchedCompared(_Watched):
    """A gate that compares with what is stored, or with the live unit where ``stored`` is None."""

    sequence: ComparedSequence
    stored: Stored | None

    def take(self, before: float | None, after: SampleValue) -> None:
        """The next sample on both sides; a decision stays."""
        self.sequence.add(before, after.mean)
        self.decision = self.decision or self.sequence.decision

    @property
    def stopped(self) -> StoppedRegression:
        """Of a unit that was stopped."""
        return self.sequence.stopped(self.decided)


Watched = WatchedOwn | WatchedCompared


class UnitMonitor:
    """Feeds a unit's gates sample by sample. A sample counts when all before it, in the order in which they
    are asked, have come: what is slow to come is no other than what is quick.

    Args:
        order: of the unit's samples, as they are asked.
        live: the unit of the same session that its gates compare with, if any.
    """

    def __init__(
        self,
        unit: Unit,
        order: Sequence[int],
        gates: Sequence[Watched],
        max_error_rate: float,
        live: Unit | None = None,
    ) -> None:
        self.unit = unit
        self.live = live
        self._order = order
        self._gates = gates
        self._max_error_rate = max_error_rate
        self._n_seen = 0
        self._is_spoilt = False

    @property
    def is_decided(self) -> bool:
        """Whether every gate is. Too many failed responses, and values beyond a metric's bounds, leave the
        verdicts to the end."""
        return not self._is_spoilt and all(
            each.decision is not None and each.is_sound(self._max_error_rate) for each in self._gates
        )

    def advance(self) -> None:
        """Take in what has come since, up to the sample at which every gate is decided."""
        while self._n_seen < len(self._order) and not self._is_over():
            index = self._order[self._n_seen]
            if not _has_come(self.unit, index) or (self.live is not None and not _has_come(self.live, index)):
                return
            self._n_seen += 1
            self._take(index)

    def own_verdict(self, gate: Gate) -> Verdict | None:
        """Of a unit that was stopped; None for a gate that is not watched."""
        found = self._find(gate)
        return found.verdict if isinstance(found, WatchedOwn) else None

    def compared(self, gate: Gate) -> WatchedCompared | None:
        """A gate as it was watched; None for one that compares with nothing."""
        found = self._find(gate)
        return found if isinstance(found, WatchedCompared) else None

    def _find(self, gate: Gate) -> Watched | None:
        return next((each for each in self._gates if each.gate is gate), None)

    def _is_over(self) -> bool:
        return self._is_spoilt or (self._n_seen > 0 and self.is_decided)

    def _take(self, index: int) -> None:
        for each in self._gates:
            after = self._value(each, self.unit, index)
            before = self._before(each, index) if isinstance(each, WatchedCompared) else None
            if self._is_spoilt:
                return
            if isinstance(each, WatchedCompared):
                each.take(before, after)
            else:
                each.take(after)

    def _before(self, watched: WatchedCompared, index: int) -> float | None:
        if watched.stored is not None:
            value = watched.stored.values.get(self.unit.samples[index].id)
            if value is not None:
                self._check_bounds(watched.metric, [value])
            return value
        return self._value(watched, self.live, index).mean if self.live is not None else None

    def _value(self, watched: Watched, unit: Unit, index: int) -> SampleValue:
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


def _has_come(unit: Unit, index: int) -> bool:
    return all(response is not None for response in unit.answers(index))

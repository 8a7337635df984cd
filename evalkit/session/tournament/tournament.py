"""``--llm-tournament``: one race for each task of the session, side by side."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evalkit.comparisons.wording import number
from evalkit.core.tournament import TournamentRecord
from evalkit.core.verdict import Verdict
from evalkit.runner.ask_order import ask_order
from evalkit.session.tournament.entry import fields_of, metric_of
from evalkit.session.tournament.field import Field
from evalkit.session.tournament.race import ALPHA

if TYPE_CHECKING:
    from evalkit.runner.unit import Unit
    from evalkit.session.baseline import Baseline
    from evalkit.session.units import PlannedUnit, ReadyUnit


class Tournament:
    """The runner's Stopper: ends what is clearly behind.

    All Subjects of a task are asked the same samples in one random order, drawn anew for each run, none far
    ahead of another. The races of a session share ``ALPHA`` evenly.

    Args:
        wanted: what ``entry.metric_of`` takes.
    """

    def __init__(self, planned: Sequence[PlannedUnit], baseline: Baseline, wanted: str) -> None:
        self._baseline = baseline
        #: Verdicts are asked for in another thread than that of the answers.
        self._lock = threading.RLock()
        self._fields: dict[str, Field] = {}
        races = fields_of(planned)
        for ready in races:
            field = Field(
                ready, metric_of(ready[0], wanted), _in_order(ready), ALPHA / len(races),
                self._baseline_of(ready), self._is_compared_with,
            )  # fmt: skip
            for each in ready:
                self._fields[each.evaluation_id] = field
                each.unit.partners += [other.unit for other in ready if other is not each]

    def after_sample(self, unit: Unit, sample_index: int) -> list[Unit]:
        """Take in the Sample; the units that may stop now."""
        field = self._fields.get(unit.evaluation_id)
        if field is None:
            return []
        with self._lock:
            field.advance()
            return [each for each in field.stoppable() if not each.is_stopped and not each.is_done]

    def dropped_verdict(self, planned: ReadyUnit, gate: str) -> Verdict | None:
        """What is said of a gate of a Subject that was put out on the way; None of any other."""
        field = self._fields.get(planned.evaluation_id)
        with self._lock:
            if field is None or not field.is_dropped(planned):
                return None
            return Verdict(gate, "undecided", _sentence(field.record(planned)), is_dropped=True)

    def finish(self) -> None:
        """All that is to come has."""
        with self._lock:
            for field in set(self._fields.values()):
                field.finish()

    def record(self, planned: ReadyUnit) -> TournamentRecord | None:
        """How a Subject stands now; None where its task has no race."""
        field = self._fields.get(planned.evaluation_id)
        with self._lock:
            return field.record(planned) if field is not None else None

    def _baseline_of(self, ready: Sequence[ReadyUnit]) -> str:
        """Label of the one that others of the session are compared with, else of the first."""
        if self._baseline.is_subject:
            for each in ready:
                if self._baseline.subject_for(each.subject) is None:
                    return each.subject.label
        return ready[0].subject.label

    def _is_compared_with(self, other: ReadyUnit, candidate: ReadyUnit) -> bool:
        if not self._baseline.is_subject or not any(gate.is_compared for gate in candidate.gates):
            return False
        subject = self._baseline.subject_for(candidate.subject)
        return subject is not None and subject.label == other.subject.label


def _in_order(ready: Sequence[ReadyUnit]) -> Sequence[int]:
    """Put the samples of all into one random order."""
    evaluation = ready[0].evaluation
    seed = evaluation.order_seed or evaluation.run_id
    order = ask_order(len(ready[0].unit.samples), evaluation.dataset_hash, seed)
    for each in ready:
        each.unit.order = order
    return order


def _sentence(record: TournamentRecord) -> str:
    """``Dropped from the tournament after 40 of 400 samples, shown to be worse than openai/b (…).``"""
    value = "" if record.value is None else f"; {record.metric} was {number(record.value)} over them"
    return (
        f"Dropped from the tournament after {record.n_samples:,} of {record.n_total:,} samples, as "
        f"{record.beaten_by} is shown to be better (p {number(record.p_value or 0.0)}, alpha "
        f"{number(record.alpha)}){value}. Nothing is decided of this gate."
    )

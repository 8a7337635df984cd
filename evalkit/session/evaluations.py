"""Every evaluation of a session, from its first row to its metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.comparisons.cut_answers import with_cut_apart
from evalkit.comparisons.estimate import estimate
from evalkit.core.estimate import Estimate
from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.core.text import path_in
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.too_many_errors import too_many_cut
from evalkit.runner.task_scorers import TaskScoring
from evalkit.session.sequential.savings import savings
from evalkit.session.units import BrokenUnit, PlannedUnit, ReadyUnit, record_of
from evalkit.session.what_people_say import with_reviews
from evalkit.store.spool import Spool

if TYPE_CHECKING:
    from evalkit.core.tournament import TournamentRecord


@frozen(slots=True)
class Evaluated:
    """A unit that is done, or was interrupted: what its gates are decided on.

    Attributes:
        estimates: by metric label.
    """

    planned: ReadyUnit
    evaluation: Evaluation
    observations: Observations
    estimates: Mapping[str, Estimate]

    @property
    def broken_metric(self) -> Estimate | None:
        """The first metric that could not be computed; one that these data give no value is not broken, nor
        one over what little a budget left."""
        if self.planned.unit.is_out_of_budget:
            return None
        return next((each for each in self.estimates.values() if each.error and not each.is_undefined), None)

    def held(self, verdict: Verdict) -> Verdict:
        """No pass beside a metric that was asked for and could not be computed, whichever gate reads it."""
        broken = self.broken_metric
        if broken is None or verdict.word not in ("pass", "recorded"):
            return verdict
        detail = f"{verdict.detail.rstrip('.')}; {broken.metric} could not be computed: {broken.error}"
        return replace(verdict, verdict="error", detail=detail, is_recorded=False)

    @property
    def cut(self) -> str | None:
        """That more responses were cut at ``max_tokens`` than the task allows, a sentence."""
        task = self.planned.task
        max_tokens = self.planned.unit.generate.max_tokens
        return too_many_cut("candidate", self.observations, task.truncation_limit, max_tokens)

    def as_of_now(self) -> Evaluated:
        """With the further answers that have come since it was evaluated."""
        unit = self.planned.unit
        if not unit.further:
            return self
        return replace(self, observations=replace(unit.observations(), reviewed=self.observations.reviewed))


class Evaluations:
    """Those that were planned, and what became of them.

    Args:
        root: folder of the project, that files of prompts are stored relative to.
        store: where reviews of earlier answers are.
        standing_of: how a Subject stands in the tournament of its task.

    Attributes:
        done: evaluation id to what was evaluated.
    """

    def __init__(
        self,
        planned: Sequence[PlannedUnit],
        spool: Spool,
        root: Path,
        store: Path,
        standing_of: Callable[[ReadyUnit], TournamentRecord | None] = lambda _: None,
    ) -> None:
        self._root = root
        self._store = store
        self._standing_of = standing_of
        self._planned = {each.evaluation_id: each for each in planned}
        self._by_key = {each.key: each.evaluation_id for each in planned}
        self._spool = spool
        self.done: dict[str, Evaluated] = {}

    def __iter__(self) -> Iterator[PlannedUnit]:
        return iter(self._planned.values())

    @property
    def ready(self) -> Iterable[ReadyUnit]:
        """Those that can be asked."""
        return (each for each in self if isinstance(each, ReadyUnit))

    @property
    def broken(self) -> Iterable[BrokenUnit]:
        """Those that cannot."""
        return (each for each in self if isinstance(each, BrokenUnit))

    @property
    def observations(self) -> Mapping[str, Observations]:
        """Evaluation id to the columns of what is done."""
        return {evaluation_id: each.observations for evaluation_id, each in self.done.items()}

    def unit(self, evaluation_id: str | None) -> ReadyUnit | None:
        """The one of that id, where it is of this session and can be asked."""
        found = self._planned.get(evaluation_id or "")
        return found if isinstance(found, ReadyUnit) else None

    def of(self, evaluation_id: str) -> ReadyUnit:
        """The one of that id, which was asked."""
        found = self.unit(evaluation_id)
        if found is None:
            raise KeyError(evaluation_id)
        return found

    def done_of(self, task: str, subject_label: str) -> Evaluated | None:
        """What was evaluated of a Task and a Subject of the session."""
        return self.done.get(self._by_key[task, subject_label])

    def begin(self) -> None:
        """Write down what is about to be asked."""
        for planned in self:
            self._spool.add_evaluation(planned.evaluation)
            if isinstance(planned, ReadyUnit):
                prompt = planned.unit.prompt
                self._spool.add_prompt(prompt, path=path_in(prompt.file, self._root))

    def conclude(self, planned: ReadyUnit) -> Evaluated:
        """All answers of a unit came; again where further ones did."""
        self.done[planned.evaluation_id] = evaluated = self._evaluate(planned, "finished")
        return evaluated

    def note_standings(self) -> None:
        """How the Subjects stand by now, in all that was evaluated."""
        for evaluated in self.done.values():
            standing = self._standing_of(evaluated.planned)
            self._spool.add_evaluation(replace(evaluated.evaluation, tournament=standing))

    def interrupt(self, planned: ReadyUnit) -> None:
        """Metrics over what came."""
        self._evaluate(planned, "interrupted")

    def leave(self, planned: ReadyUnit) -> None:
        """Nothing can be computed over what came, which is kept all the same."""
        n_errors, standing = planned.unit.n_errors, self._standing_of(planned)
        left = replace(planned.evaluation, n_errors=n_errors, status="interrupted", tournament=standing)
        self._spool.add_evaluation(left)

    def _evaluate(self, planned: ReadyUnit, status: str) -> Evaluated:
        unit = planned.unit
        evaluation = replace(
            planned.evaluation,
            subject=record_of(unit),
            n_samples=unit.n_samples_asked,
            n_left_out=len(unit.samples) - unit.n_samples_asked if unit.is_out_of_budget else 0,
            n_errors=unit.n_errors,
            status=status,
            sandbox=planned.sandbox.record,
            tournament=self._standing_of(planned),
        )
        metrics = planned.scoring.metrics.values()
        observations = with_reviews(evaluation, unit.observations(), metrics, self._store)
        estimates, saved = _estimates(planned.scoring, observations), [*savings(unit)]
        if planned.control is not None:
            estimates, saved = planned.control.corrected(estimates, planned.scoring.metrics, observations)
        elif planned.judged is not None:
            scoring, now = planned.scoring, (evaluation, observations)
            saved += planned.judged.corrected_rows(estimates, scoring.metrics, scoring.specs, now)
        self._spool.add_metrics(unit.evaluation_id, [*estimates.values(), *saved])
        self._spool.add_evaluation(evaluation)
        return Evaluated(planned, evaluation, observations, estimates)


def _estimates(scoring: TaskScoring, observations: Observations) -> dict[str, Estimate]:
    """Every metric of a task, by label; those of slices over their samples."""
    metrics = scoring.metrics
    parts = {label: part for label, spec in scoring.specs.items() if (part := spec.slice) is not None}
    whole = {
        label: estimate(metric, label, observations)
        for label, metric in metrics.items()
        if label not in parts
    }
    found = with_cut_apart(whole, metrics, observations)
    if not parts:
        return found
    from evalkit.comparisons.slices.members import within  # most tasks have none

    for label, part in parts.items():
        its = within(observations, part)
        found |= with_cut_apart({label: estimate(metrics[label], label, its)}, metrics, its)
    return {label: found[label] for label in metrics}

"""Subjects of any number of runs of the store, ranked: what every door shows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from evalkit.core.run import Evaluation, Run
from evalkit.core.subject import DEFAULT_PROMPT
from evalkit.core.tally import Tally
from evalkit.errors import UsageError
from evalkit.report.collect import collect
from evalkit.report.data import ReportData
from evalkit.session.stored.sides import Side, note_pool, read_side
from evalkit.session.stored.source import StoredSource
from evalkit.store.store import Store

if TYPE_CHECKING:
    from evalkit.comparisons.leaderboard.assemble import Entry
    from evalkit.comparisons.leaderboard.board import Leaderboard
    from evalkit.comparisons.leaderboard.grouping import By


@dataclass(frozen=True)
class Ranking:
    """What is ranked, and how.

    Attributes:
        metrics: labels; none stands for the one that leads each task's and those that its gates name.
        by: what the Subjects of one leaderboard share: nothing, their ``model`` or their ``prompt``.
        alpha: the chance, in (0, 0.5], that any two equal Subjects are told apart.
        max_error_rate: share of failed answers, 0..1, that a Subject may have; None for its task's own.
    """

    metrics: Sequence[str] = ()
    by: By = ""
    alpha: float = 0.05
    max_error_rate: float | None = None

    def check(self) -> None:
        """Raises UsageError where one is none."""
        if self.by not in ("", "model", "prompt"):
            raise UsageError(f"by is {self.by!r}", hint="say model or prompt")
        if not 0 < self.alpha <= 0.5:
            raise UsageError("alpha must be in (0, 0.5]")
        if self.max_error_rate is not None and not 0 <= self.max_error_rate <= 1:
            raise UsageError(f"max-error-rate {self.max_error_rate:g} is outside 0..1")


@dataclass(frozen=True)
class StoredLeaderboards:
    """Leaderboards over runs.

    Attributes:
        runs: each once, in the order that they were named.
        evaluations: those of their Subjects, each once.
    """

    runs: Sequence[Run]
    evaluations: Sequence[Evaluation]
    boards: Sequence[Leaderboard]
    ranking: Ranking


def rank_runs(store: Store, names: Sequence[str], ranking: Ranking) -> StoredLeaderboards:
    """Rank the Subjects of runs by the names that users give these.

    Raises:
        UsageError: an option is none, a metric is unknown, or no two Subjects share a task.
        StoreError: there is no such run.
    """
    from evalkit.comparisons.leaderboard.assemble import assemble

    ranking.check()
    sides = [read_side(store, name) for name in names]
    for name, side in zip(names, sides, strict=True):
        note_pool(store, name, side)
    runs = {side.run.run_id: side.run for side in sides}
    evaluations = {e.evaluation_id: e for side in sides for e in side.evaluations if e.task_hash}
    entries = [_entry(store, each, runs[each.run_id]) for each in evaluations.values()]
    boards = assemble(
        entries,
        metrics=ranking.metrics,
        by=ranking.by,
        alpha=ranking.alpha,
        max_error_rate=ranking.max_error_rate,
    )
    if not boards:
        raise UsageError(f"nothing to rank: {_content(sides)}", hint=_hint(ranking))
    return StoredLeaderboards(list(runs.values()), list(evaluations.values()), boards, ranking)


def leaderboards_data(store: Store, ranked: StoredLeaderboards) -> ReportData:
    """What a report of them shows: every Subject as if one run had asked it, the leaderboards first."""
    source = _Together(store, ranked)
    return collect(source, source.run_id, boards=tuple(ranked.boards))


def _entry(store: Store, evaluation: Evaluation, run: Run) -> Entry:
    from evalkit.comparisons.leaderboard.assemble import Entry

    evaluation_id = evaluation.evaluation_id
    lack = "" if run.status == "finished" else f"its run is {run.status}"
    return Entry(evaluation, store.observations(evaluation_id), store.estimates(evaluation_id), lack)


def _content(sides: Sequence[Side]) -> str:
    found = dict.fromkeys(f"{e.task} with {e.subject.label}" for side in sides for e in side.evaluations)
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return f"there is {', '.join([*found][:3])}{more}" if found else "the runs have no evaluations"


def _hint(ranking: Ranking) -> str:
    if ranking.by:
        other = {"model": "prompts", "prompt": "models"}[ranking.by]
        return f"--by {ranking.by} compares the {other} of one {ranking.by}: there must be two"
    return "name runs that hold two subjects of one task, with a metric that a paired test fits"


class _Together(StoredSource):
    """The evaluations of several runs as if they were one's."""

    def __init__(self, store: Store, ranked: StoredLeaderboards) -> None:
        from evalkit.comparisons.leaderboard.assemble import subject_names

        super().__init__(store)
        self._members = [run.run_id for run in ranked.runs]
        self.run_id = ", ".join(self._members)
        self._run = replace(ranked.runs[-1], run_id=self.run_id)
        names = subject_names(ranked.evaluations)
        self._evaluations = [_called(e, name) for e, name in zip(ranked.evaluations, names, strict=True)]

    def run(self, run_id: str) -> Run:
        return self._run if run_id == self.run_id else self._store.run(run_id)

    def evaluations(self, run_id: str) -> Sequence[Evaluation]:
        return self._evaluations if run_id == self.run_id else self._store.evaluations(run_id)

    def tallies(self, run_id: str) -> Mapping[str, Tally]:
        if run_id != self.run_id:
            return self._store.tallies(run_id)
        return {k: v for each in self._members for k, v in self._store.tallies(each).items()}


def _called(evaluation: Evaluation, name: str) -> Evaluation:
    if name == evaluation.subject.label:
        return evaluation
    return replace(evaluation, subject=replace(evaluation.subject, model=name, prompt=DEFAULT_PROMPT))

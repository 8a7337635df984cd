"""The two sides of a comparison: which evaluations meet which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evalkit.core.run import Evaluation, Run
from evalkit.core.tally import Tally
from evalkit.errors import UsageError, did_you_mean
from evalkit.session.stored.run_names import find_run, split_subject
from evalkit.session.stored.source import StoredSource
from evalkit.store.store import Store


@dataclass(frozen=True)
class Side:
    """A run, or one subject of it.

    Attributes:
        pool: evaluations of the other runs that a baseline pools, the latest run first.
    """

    run: Run
    evaluations: Sequence[Evaluation]
    pool: Sequence[Evaluation] = ()

    @property
    def labels(self) -> set[str]:
        return {each.subject.label for each in self.evaluations}


def read_side(store: Store, text: str) -> Side:
    """``RUN`` or ``RUN::SUBJECT``. Raises UsageError when the run has no such subject."""
    name, subject = split_subject(text)
    run = find_run(store, name)
    side = Side(run, store.evaluations(run.run_id))
    if subject is None:
        return side
    if subject not in side.labels:
        raise UsageError(
            f"run {run.run_id} has no subject {subject!r}", hint=did_you_mean(subject, side.labels)
        )
    return Side(run, [each for each in side.evaluations if each.subject.label == subject])


def with_pool(store: Store, text: str, base: Side, candidate: Side) -> Side:
    """The baseline with all runs that its name pools, as a session's gates have them. Raises StoreError where
    one of them is no longer there, or whole.

    What the candidate says of itself is not a baseline of it: its own run is left out, and told.
    """
    name, _ = split_subject(text)
    others = store.pool_of(name)[1:]
    if not others:
        return base
    members, own = {base.run.run_id, *others}, candidate.run.run_id
    if own in members:
        left = "compared with itself" if own == base.run.run_id else "left out of it here"
        store.notes.append(f"run {own} is one of the runs that {name} pools: {left}")
    runs = [store.resolve_baseline(f"run:{each}") for each in others if own not in (each, base.run.run_id)]
    pool = [each for run in runs if run is not None for each in store.evaluations(run.run_id)]
    return replace(base, pool=pool)


def note_pool(store: Store, text: str, candidate: Side) -> None:
    """A candidate is one run: that others were named with it is told."""
    name, _ = split_subject(text)
    if (n_runs := len(store.pool_of(name))) > 1:
        store.notes.append(f"{name} pools {n_runs} runs: the candidate is the latest, {candidate.run.run_id}")


def pair(base: Side, candidate: Side) -> list[tuple[Evaluation, Evaluation]]:
    """Evaluations of the same task and subject; where each side has one subject, of the same task.

    Raises UsageError when nothing meets.
    """
    is_single = len(base.labels) == len(candidate.labels) == 1

    def key(evaluation: Evaluation) -> tuple[str, str]:
        return evaluation.task, "" if is_single else evaluation.subject.label

    earlier = {key(each): each for each in base.evaluations}
    pairs = [(earlier[key(each)], each) for each in candidate.evaluations if key(each) in earlier]
    if not pairs:
        raise UsageError(
            f"nothing to compare: the baseline has {_content(base)}, the candidate {_content(candidate)}",
            hint="compare runs of the same task and subject, or choose with RUN::SUBJECT",
        )
    return pairs


def _content(side: Side) -> str:
    found = sorted(f"{each.task} with {each.subject.label}" for each in side.evaluations)
    return (
        ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "") or "no evaluations"
    )


class SideBySide(StoredSource):
    """What a report reads of the two sides, nothing else being there.

    Two subjects of one run stand as two runs, ``RUN::SUBJECT`` each.
    """

    def __init__(
        self, store: Store, base: Run, candidate: Run, pairs: Sequence[tuple[Evaluation, Evaluation]]
    ) -> None:
        super().__init__(store)
        earlier, later = zip(*pairs, strict=True)
        if base.run_id == candidate.run_id:
            base, candidate = _of_subject(base, earlier[0]), _of_subject(candidate, later[0])
        self.base_id, self.candidate_id = base.run_id, candidate.run_id
        self._runs = {base.run_id: base, candidate.run_id: candidate}
        self._evaluations: dict[str, Sequence[Evaluation]] = {base.run_id: earlier, candidate.run_id: later}

    def run(self, run_id: str) -> Run:
        return self._runs[run_id] if run_id in self._runs else self._store.run(run_id)

    def evaluations(self, run_id: str) -> Sequence[Evaluation]:
        return self._evaluations.get(run_id, ())

    def tallies(self, run_id: str) -> Mapping[str, Tally]:
        return self._store.tallies(run_id.partition("::")[0])


def _of_subject(run: Run, evaluation: Evaluation) -> Run:
    return replace(run, run_id=f"{run.run_id}::{evaluation.subject.label}")

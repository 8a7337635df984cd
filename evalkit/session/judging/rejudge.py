"""``evalkit judge rejudge``: stored answers judged again, and the Subjects are not asked.

A session over the stored answers does it, in a store of its own beside the real one, whose response cache it
shares: what a judge said is in the cache as soon as it came, so that a session that was cut off is paid for
once. Only when all came is it carried over, all at once: as further rounds where judge and rubric are those
of the run, and as a run of its own, which says from which one it is, where they are not.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from evalkit.comparisons.comparable import contents, match
from evalkit.comparisons.incompatibility import judge_change
from evalkit.core.columns import column_of
from evalkit.core.judge_signature import judge_specs
from evalkit.core.judgement import Judgement
from evalkit.core.task import Task
from evalkit.core.text import plural
from evalkit.errors import UsageError
from evalkit.session.driver import plan
from evalkit.session.judging.stored_run import (
    JudgedEvaluation,
    StoredRun,
    find_tasks,
    judged_by,
    judges_alone,
    read_judged,
)
from evalkit.session.options import Options
from evalkit.session.session import EvalSession
from evalkit.session.solo import SoloSession
from evalkit.session.stored.run_answers import RunAnswers
from evalkit.session.units import BrokenUnit, PlannedUnit, ReadyUnit
from evalkit.store.judgements import Place, adopt, append
from evalkit.store.run_file import write_run_file
from evalkit.store.spool import spool_folder
from evalkit.store.store import Store

#: How the stores of these sessions are called, and the age in seconds at which one is nobody's.
_PREFIX, _STALE_S = ".rejudging-", 86_400.0

#: Task name and subject label.
_Key = tuple[str, str]


@dataclass
class RejudgedEvaluation:
    """What came of one evaluation.

    Attributes:
        judge: the specs of its judges, joined by ``+``.
        n_answers: answers that were judged.
        n_changed: of them, those that a judge judged otherwise than in its first round.
        first_round, n_rounds: which rounds, as ``judgements.round`` counts them.
        n_failed: judgements without a verdict.
    """

    task: str
    subject: str
    judge: str
    n_answers: int = 0
    n_changed: int = 0
    n_judgements: int = 0
    n_failed: int = 0
    first_round: int = 0
    n_rounds: int = 0
    first_error: str | None = None

    @property
    def rounds_text(self) -> str:
        """``1 to 3``."""
        last = self.first_round + self.n_rounds - 1
        return f"{self.first_round}" if self.n_rounds == 1 else f"{self.first_round} to {last}"

    @property
    def changed_text(self) -> str:
        """``12 (30 %)``."""
        share = f" ({100 * self.n_changed / self.n_answers:.0f} %)" if self.n_changed else ""
        return f"{self.n_changed:,}{share}"

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for scripts."""
        return asdict(self)


@dataclass
class Rejudged:
    """What came of a run.

    Attributes:
        new_run_id: where another judge or rubric judged; None where rounds were added to the run itself.
        change: what changed then, in words.
        notes: what is left out, a line each.
    """

    run_id: str
    evaluations: list[RejudgedEvaluation]
    new_run_id: str | None = None
    change: str = ""
    notes: list[str] = field(default_factory=list)


def rejudge(
    options: Options,
    root: Path,
    name: str,
    task_path: Path | None,
    argv: Sequence[str],
    *,
    on_session: Callable[[EvalSession], None] = lambda session: None,
    on_wait: Callable[[], None] = lambda: None,
) -> Rejudged:
    """Judge the answers of the run called ``name`` again, ``options.n_judge_repeats`` times.

    Args:
        options: ``judge`` is who judges in place of the run's own judges; ``store`` has the run.
        task_path: where its tasks are declared; None looks below the working directory.

    Raises:
        EvalkitError: there is no such run, task or judge; nothing was asked then.
        KeyboardInterrupt: nothing was stored, and what judges said is in the response cache.
    """
    with Store.open(options.store) as store:
        run = read_judged(store, name)
    cwd = Path.cwd()
    tasks = find_tasks(run, task_path, cwd)
    scorers = {name: text for each in run.judged for name, text in each.signatures.items()}
    if options.judge is not None:
        tasks = [judged_by(task, scorers) for task in tasks]
    options = replace(
        options, models=tuple(run.labels), judge=options.judge or run.judge, n_repeats=run.n_repeats,
        is_report_off=True, report=None, ci="off",
    )  # fmt: skip
    planning = _Planning(options, root, cwd, run, tasks)
    answers, change = planning.answers, planning.change
    options = replace(options, samples=planning.samples)
    if not change:
        options = replace(options, first_judge_round=run.first_round)
        tasks = [judges_alone(task, scorers) for task in tasks]
    with _beside(options.store) as path:
        options = replace(options, store=path)
        solo = SoloSession(options, root, cwd, argv, on_wait=on_wait, models=answers)
        on_session(solo.session)
        _drive(solo, tasks, planning.keys)
        with Store.open(path, mode="write") as scratch:
            found = Rejudged(run.run_id, [], change=change, notes=planning.notes)
            said = _collect(scratch, solo.closing.run_id, run, found, options.first_judge_round)
            if change:
                found.new_run_id = solo.closing.run_id
                _carry_over(scratch, solo.closing.run_id, run, planning.store)
            else:
                with Store.open(planning.store, mode="write") as store:
                    for evaluation_id, judgements in said.items():
                        append(store.connection, evaluation_id, judgements)
    return found


class _Planning:
    """What is judged, by whom, and whether that is how the run was judged; nothing is asked.

    Attributes:
        samples: the samples that are judged; empty for all.
        change: what of judge or rubric is another than the run's, in words; empty where nothing is.
    """

    def __init__(
        self, options: Options, root: Path, cwd: Path, run: StoredRun, tasks: Sequence[Task]
    ) -> None:
        self.store = options.store
        self.keys = {each.key for each in run.judged}
        self.answers = {label: RunAnswers(label) for label in run.labels}
        self.notes: list[str] = []
        session = EvalSession(options, root, cwd, "rejudge", models=self.answers)
        items = [each for each in plan(session.tasks, tasks) if each.key in self.keys]
        units = {each.key: _ready(each) for each in session.planned(items)}
        kept, n_left = set(), 0
        changes: dict[str, None] = {}
        for each in run.judged:
            unit = units[each.key]
            ids = self._same(each, unit)
            n_left += len(unit.unit.samples) - len(ids)
            kept |= ids
            self.answers[each.evaluation.subject.label].add(each.evaluation.task, each.observations, ids)
            now = unit.evaluation.scorer_signatures
            for scorer, before in each.signatures.items():
                if now.get(scorer, "") != before:
                    changes[judge_change(before, now.get(scorer, "")) or f"scorer {scorer} changed"] = None
        if not kept:
            raise UsageError(
                "none of the run's samples is in the dataset as it is now", hint="judge a later run"
            )
        self.change = "; ".join(changes)
        self.samples = tuple(sorted(kept)) if n_left else ()

    def _same(self, each: JudgedEvaluation, unit: ReadyUnit) -> set[str]:
        """Samples that were answered then and are the same now."""
        now = {sample.id: sample.content_hash for sample in unit.unit.samples}
        is_same = each.evaluation.dataset_hash == unit.evaluation.dataset_hash
        found = match(contents(each.observations), now, is_same_dataset=is_same)
        if found.edited or found.dropped:
            n, task = len(found.edited) + len(found.dropped), each.evaluation.task
            self.notes.append(f"{plural(n, 'sample')} of {task} have been edited or removed since: left out")
        return {*found.common, *found.untold}


def _ready(unit: PlannedUnit) -> ReadyUnit:
    if isinstance(unit, BrokenUnit):
        raise UsageError(unit.failure)
    return unit


def _drive(solo: SoloSession, tasks: Sequence[Task], keys: set[_Key]) -> None:
    """To the end of the session. Raises KeyboardInterrupt after what came was kept."""
    is_interrupted = True
    try:
        items = [each for each in plan(solo.session.tasks, tasks) if each.key in keys]
        solo.begin(items)
        for item in items:
            solo.session.outcome(item)
        is_interrupted = False
    finally:
        solo.finish(is_interrupted=is_interrupted)
    if solo.session.problems or solo.closing.has_lost_results:
        raise UsageError("; ".join(solo.session.problems) or "judgements could not be kept")


def _collect(
    scratch: Store, run_id: str, run: StoredRun, found: Rejudged, first_round: int
) -> dict[str, dict[Place, list[Judgement]]]:
    """Evaluation of the run -> what its answers heard now, with the numbers of the rounds there."""
    said: dict[str, dict[Place, list[Judgement]]] = {}
    before = {each.key: each for each in run.judged}
    for evaluation in scratch.evaluations(run_id):
        old = before[evaluation.task, evaluation.subject.label]
        observations = scratch.observations(evaluation.evaluation_id)
        judge = evaluation.scorer_signatures[next(iter(old.signatures))]
        row = RejudgedEvaluation(*old.key, "+".join(judge_specs(judge)), first_round=first_round)
        found.evaluations.append(row)
        places = list(zip(observations.sample_ids, column_of(observations.responses, "repeat"), strict=True))
        mine = said.setdefault(old.evaluation.evaluation_id, {})
        for scorer in old.signatures:
            heard = _by_place(old.observations.scores[scorer], old.observations)
            for place, its in zip(places, column_of(observations.scores[scorer], "judgements"), strict=True):
                if its:
                    moved = [replace(each, round=first_round + each.round, is_rejudged=True) for each in its]
                    mine[scorer, *place] = moved
                    _count(row, moved, heard.get(place))
    return said


def _by_place(scores: Sequence[Any], observations: Any) -> dict[tuple[str, int], Sequence[Judgement] | None]:
    places = zip(observations.sample_ids, column_of(observations.responses, "repeat"), strict=True)
    return dict(zip(places, column_of(scores, "judgements"), strict=True))


def _count(row: RejudgedEvaluation, now: Sequence[Judgement], before: Sequence[Judgement] | None) -> None:
    row.n_answers += 1
    row.n_judgements += len(now)
    failed = [each for each in now if each.error is not None]
    row.n_failed += len(failed)
    row.first_error = row.first_error or (failed[0].error if failed else None)
    row.n_rounds = max(row.n_rounds, 1 + max(each.round for each in now) - row.first_round)
    first = {(each.order, each.judge): each.verdict for each in before or () if not each.round}
    row.n_changed += any(
        each.error is None and first.get((each.order, each.judge), each.verdict) != each.verdict
        for each in now
    )


def _carry_over(scratch: Store, run_id: str, run: StoredRun, path: Path) -> None:
    """The run of the scratch store into the real one, whole, as the run's subjects and from its answers."""
    old = {each.key: each.evaluation.evaluation_id for each in run.judged}
    pairs = {each.evaluation_id: old[each.task, each.subject.label] for each in scratch.evaluations(run_id)}
    file = scratch.path.with_suffix(".jsonl")
    with Store.open(path) as store:
        adopt(scratch.connection, store.connection, pairs)
    write_run_file(scratch.connection, [run_id], file)
    try:
        with Store.open(path, mode="write") as store:
            store.import_runs(file)
    finally:
        file.unlink(missing_ok=True)


@contextmanager
def _beside(store: Path) -> Iterator[Path]:
    """A store for one session in the folder of the real one, where the response cache is."""
    for path in store.parent.glob(f"{_PREFIX}*.duckdb"):  # of a process that was killed
        if time.time() - path.stat().st_mtime > _STALE_S:
            _remove(path)
    path = store.with_name(f"{_PREFIX}{os.getpid()}.duckdb")
    try:
        yield path
    finally:
        _remove(path)


def _remove(store: Path) -> None:
    for each in (store, store.with_name(f"{store.name}.wal")):
        each.unlink(missing_ok=True)
    shutil.rmtree(spool_folder(store), ignore_errors=True)

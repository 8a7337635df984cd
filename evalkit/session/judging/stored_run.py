"""What of a stored run judges have judged, and the tasks that say how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import lcm
from pathlib import Path

from evalkit.core.columns import column_of
from evalkit.core.frozen import frozen
from evalkit.core.judge_signature import asks_judge, judge_specs, n_votes
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.core.task import Task
from evalkit.core.text import shown_path
from evalkit.errors import TaskError, UsageError
from evalkit.session.stored.run_names import find_run
from evalkit.session.task_sources import SUFFIX, load_tasks
from evalkit.store.store import Store


@frozen
class JudgedEvaluation:
    """An evaluation with scores of judges.

    Attributes:
        signatures: name of each such score -> how it was judged.
    """

    evaluation: Evaluation
    observations: Observations
    signatures: Mapping[str, str]

    @property
    def key(self) -> tuple[str, str]:
        """Task name and subject label."""
        return self.evaluation.task, self.evaluation.subject.label

    @property
    def n_rounds(self) -> int:
        """Rounds that there are of any answer."""
        columns = [column_of(self.observations.scores[name], "judgements") for name in self.signatures]
        return 1 + max((each.round for column in columns for its in column for each in its or ()), default=-1)


@frozen
class StoredRun:
    """A run as it is judged again."""

    run_id: str
    judged: Sequence[JudgedEvaluation]

    @property
    def labels(self) -> list[str]:
        """Its subjects."""
        return list(dict.fromkeys(each.evaluation.subject.label for each in self.judged))

    @property
    def n_repeats(self) -> int:
        """Answers to a sample, at most."""
        repeats = (column_of(each.observations.responses, "repeat") for each in self.judged)
        return max(1 + max(column, default=0) for column in repeats)

    @property
    def judge(self) -> str:
        """The spec that its judge was asked by, the first of several."""
        return judge_specs(next(iter(self.judged[0].signatures.values())))[0]

    @property
    def first_round(self) -> int:
        """The number of the next round, the same for all: votes of one round stay together."""
        step = lcm(*(n_votes(text) for each in self.judged for text in each.signatures.values()))
        return -(-max(each.n_rounds for each in self.judged) // step) * step


def read_judged(store: Store, name: str) -> StoredRun:
    """Raises StoreError where there is no such run, and UsageError where no judge judged any of it."""
    run = find_run(store, name)
    found = []
    for evaluation in store.evaluations(run.run_id):
        signatures = {key: text for key, text in evaluation.scorer_signatures.items() if asks_judge(text)}
        if not signatures:
            continue
        observations = store.observations(evaluation.evaluation_id)
        if len(observations):
            found.append(JudgedEvaluation(evaluation, observations, signatures))
    if not found:
        raise UsageError(
            f"no answer of run {run.run_id} was scored by a judge",
            hint="name a run of a task with a judge scorer: 'evalkit runs' lists them",
        )
    return StoredRun(run.run_id, found)


def find_tasks(run: StoredRun, path: Path | None, cwd: Path) -> list[Task]:
    """The tasks of the run as their files have them now. Raises UsageError where one is not found.

    Args:
        path: a task file or a folder; None looks through the task files below ``cwd`` that name them.
    """
    names = list(dict.fromkeys(each.evaluation.task for each in run.judged))
    loaded = load_tasks(path) if path is not None else list(_mentioning(names, cwd))
    by_name = {task.task: task for task in loaded}
    missing = next((name for name in names if name not in by_name), None)
    if missing is not None:
        where = shown_path((path or cwd).resolve(), Path.cwd())
        raise UsageError(
            f"there is no task {missing!r} in {where}",
            hint="name its file: --task FILE (the store has no rubrics)",
        )
    return [by_name[name] for name in names]


def judged_by(task: Task, scorers: Mapping[str, str]) -> Task:
    """The task with its judges left open, so that a session says who judges."""
    specs = [
        replace(spec, params={key: value for key, value in spec.params.items() if key != "model"})
        if spec.label in scorers
        else spec
        for spec in task.scorers
    ]
    return replace(task, scorers=specs)


def judges_alone(task: Task, scorers: Mapping[str, str]) -> Task:
    """The task with these scorers, and nothing that is computed from them."""
    return replace(
        task, scorers=[spec for spec in task.scorers if spec.label in scorers], metrics=(), gates=()
    )


def _mentioning(names: Sequence[str], folder: Path) -> Iterator[Task]:
    for file in sorted(folder.rglob(f"*{SUFFIX}")):
        text = file.read_text(encoding="utf-8", errors="replace")
        if any(name in text for name in names):
            try:
                yield from load_tasks(file)
            except TaskError:
                continue  # another task of that folder: the one that is missing is told

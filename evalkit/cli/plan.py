"""``evalkit plan TASK``: how many samples, repeats and dollars the regression gates of a task take."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.cli.counts import count
from evalkit.cli.printing import print_json, print_notes
from evalkit.errors import EvalkitError, StoreError, UsageError, did_you_mean
from evalkit.planning.guess import Guess

if TYPE_CHECKING:
    from evalkit.core.gate import Gate, MetricSpec
    from evalkit.core.slices import Slice
    from evalkit.core.task import Task
    from evalkit.planning.history import TaskHistory
    from evalkit.session.task_book import TaskBook
    from evalkit.store.store import Store

HELP = "show how many samples, repeats and dollars a task's regression gates need to decide"
UNKNOWN = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", metavar="TASK", help="a task file, a folder of them, or a task in the store")
    parser.add_argument("--margin", type=float, metavar="M", help="drop to detect (default: each gate's own)")
    parser.add_argument(
        "--power", type=float, default=0.8, metavar="P", help="probability of detecting it (default 0.8)"
    )
    parser.add_argument(
        "--gates", type=count, metavar="N", help="regression gates of the session (default: those of TASK)"
    )
    parser.add_argument("--metric", metavar="NAME", help="only this metric")
    parser.add_argument("--model", metavar="SPEC", help="use the history and cost of this model only")
    parser.add_argument("--accuracy", type=float, metavar="A", help="guess: accuracy of the baseline, 0..1")
    parser.add_argument("--changed", type=float, metavar="C", help="guess: share of samples that change")
    parser.add_argument("--sd", type=float, metavar="S", help="guess: standard deviation of differences")
    parser.add_argument(
        "--within", type=float, metavar="W", help="guess: share of the change that comes by itself, 0..1"
    )


@dataclass(frozen=True)
class _Named:
    """A task with its gates, wherever they were read."""

    name: str
    gates: Sequence[Gate]
    metrics: Sequence[MetricSpec]
    task: Task | None = None


def run(arguments: argparse.Namespace) -> int:
    """Status 0, or 2 where something cannot be planned."""
    from evalkit.cli.planned import plan_object, print_plan
    from evalkit.planning.gates import plan_task, planned_gates
    from evalkit.planning.need import Asked

    guess = _guess(arguments)
    datasets = _Datasets()
    with _Histories(arguments) as histories:
        tasks = _of_files(arguments.task, datasets) or [histories.named(arguments.task)]
        margin, metric = arguments.margin, arguments.metric
        wanted = [planned_gates(each.name, each.gates, each.metrics, margin, metric) for each in tasks]
        asked = Asked(_n_gates(arguments, sum(map(len, wanted))), arguments.power)
        plans = []
        for each, gates in zip(tasks, wanted, strict=True):
            history = histories.of(each.name)
            size = None if each.task is None else datasets.size(each.task)
            if size is None:
                size = None if history is None else history.n_available
            shares = {} if each.task is None else datasets.shares(each.task)
            plans.append(plan_task(each.name, gates, asked, guess, history, size, shares))
        print_notes([*histories.notes, *datasets.notes])
    if not any(each.needs for each in plans):
        gate, reason = plans[0].unknown[0]
        raise UsageError(f"nothing is known of {gate} of task {plans[0].task!r}", hint=reason)
    if arguments.json:
        print_json({"power": asked.power, "n_gates": asked.n_gates, "tasks": list(map(plan_object, plans))})
    else:
        for plan in plans:
            print_plan(plan)
    return UNKNOWN if any(each.unknown for each in plans) else 0


def _guess(arguments: argparse.Namespace) -> Guess:
    if arguments.margin is not None and not arguments.margin > 0:
        raise UsageError(f"--margin {arguments.margin:g} is not above 0")
    if not 0 < arguments.power < 1:
        raise UsageError(f"--power {arguments.power:g} is outside (0, 1)")
    guess = Guess(arguments.accuracy, arguments.changed, arguments.sd, arguments.within)
    guess.check()
    return guess


def _n_gates(arguments: argparse.Namespace, n_own: int) -> int:
    if arguments.gates is None:
        return n_own
    if arguments.gates < n_own:
        raise UsageError(f"--gates {arguments.gates} is fewer than the {n_own} of {arguments.task}")
    return int(arguments.gates)


def _of_files(text: str, datasets: _Datasets) -> list[_Named]:
    """The tasks of a file or folder that has regression gates; empty where there is no such file."""
    from evalkit.gates.deciding.compared import regressions
    from evalkit.session.task_sources import SUFFIX, load_tasks

    if not Path(text).exists() and not text.endswith((SUFFIX, ".py")):
        return []
    tasks = load_tasks(Path(text))
    gated = [each for each in tasks if regressions(each.gates)]
    chosen = gated or tasks[:1] if len(tasks) == 1 else gated
    if not chosen:
        hint = "name one task file, and the drop to see with --margin"
        raise UsageError(f"no task in {text} has a regression gate", hint=hint)
    whole = map(datasets.in_slices, chosen)
    return [_Named(each.task, each.gates, each.metrics, each) for each in whole]


class _Histories:
    """What the store knows, where there is one."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self._store: Store | None = None
        self.notes: list[str] = []

    def __enter__(self) -> _Histories:
        from evalkit.store.store import Store

        if self._arguments.store.exists():
            self._store = Store.open(self._arguments.store)
            self.notes += self._store.notes
        return self

    def __exit__(self, *_: object) -> None:
        if self._store is not None:
            self._store.close()

    def of(self, task: str) -> TaskHistory | None:
        from evalkit.planning.history import TaskHistory

        if self._store is None:
            return None
        return TaskHistory.read(self._store, task, self._arguments.model)

    def named(self, task: str) -> _Named:
        """A task of the store as its last evaluation had it. Raises StoreError with what is near it."""
        from evalkit.core.gate import MetricSpec
        from evalkit.store.usage import known_tasks

        history = self.of(task)
        if history is None:
            known = [] if self._store is None else known_tasks(self._store.connection)
            hint = did_you_mean(task, known) if known else "name a task file"
            raise StoreError(f"there is neither a file nor an evaluated task {task!r}", hint=hint)
        last = history.last
        specs = [MetricSpec(*spec) for spec in last.metric_specs.values()]
        return _Named(task, () if last.rules is None else last.rules.gates, specs)


class _Datasets:
    """What the rows of task files tell; an error in reading them is told once, and leaves them unknown."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def in_slices(self, task: Task) -> Task:
        """With a gate for each slice, where gates have slices and the rows can be read."""
        if all(spec.by is None for spec in task.metric_specs):
            return task
        try:
            return self._book.whole(task)
        except EvalkitError as error:
            self.notes.append(f"the slices of {task.task} are not known: {error}")
            return task

    def size(self, task: Task) -> int | None:
        """Samples of the dataset."""
        try:
            return len(self._book.prepared(task).available)
        except EvalkitError as error:
            self.notes.append(f"the dataset of {task.task} cannot be counted: {error}")
            return None

    def shares(self, task: Task) -> dict[Slice, float]:
        """Of each slice that gates of the task name, the part of the samples, 0..1, that it is."""
        parts = {part for gate in task.gates if (part := gate.metric.slice) is not None}
        if not parts:
            return {}
        prepared = self._book.prepared(task)  # it was read to name the slices
        n = max(1, len(prepared.samples))
        values = {part: prepared.slices[part.by].values() for part in parts}
        return {part: sum(part.value in each for each in values[part]) / n for part in parts}

    @cached_property
    def _book(self) -> TaskBook:
        from evalkit.api.options import options_of, project_root
        from evalkit.session.session import EvalSession

        return EvalSession(options_of({}, Path.cwd()), project_root(Path.cwd()), Path.cwd(), "plan").tasks

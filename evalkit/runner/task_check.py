"""What a Task asks for, tried out when it is collected: before anything is paid for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evalkit.core.gate import Gate
from evalkit.core.sample import Sample
from evalkit.core.task import Task
from evalkit.core.text import shown_path
from evalkit.errors import DatasetError, MissingExtraError, SandboxError, TaskError
from evalkit.metrics.metric import Metric
from evalkit.runner.task_scorers import scoring_of


def check_task(task: Task, samples: Sequence[Sample] = ()) -> None:
    """Open all that the task names, and look whether its gates can be met and missed.

    What only this machine lacks (an extra, a sandbox, data that a metric reads) is left to the run: it breaks
    one task, and a collection error would break them all.

    Raises TaskError at the line of the entry.
    """
    try:
        metrics = scoring_of(task, samples).metrics
        for index, gate in enumerate(task.gates):
            _check_gate(gate, metrics[gate.metric.label], f"gates.{index}")
    except (MissingExtraError, SandboxError, DatasetError):
        return
    except TaskError as error:
        raise placed(task, error) from None


def placed(task: Task, error: TaskError) -> TaskError:
    """The error with the line of its key, where it has no place yet."""
    if error.where is None:
        error.where = place(task, error.key or "task")
    return error


def place(task: Task, key: str) -> str:
    """``FILE:LINE`` of a key, or of what it stands in; the task's name where it was made in Python."""
    name = shown_path(task.source.resolve(), Path.cwd()) if task.source else f"task {task.task}"
    parts = key.split(".")
    ways = [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
    line = next((task.lines[way] for way in [*ways, "task"] if way in task.lines), None)
    return name if line is None else f"{name}:{line}"


def _check_gate(gate: Gate, metric: Metric, key: str) -> None:
    try:
        gate.check(*metric.bounds)
    except TaskError as error:
        error.key = error.key or key
        raise

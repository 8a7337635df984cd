"""What a Task asks for, tried out when it is collected: before anything is paid for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evalkit.core.gate import Gate
from evalkit.core.response_schema import ResponseSchema
from evalkit.core.sample import Sample
from evalkit.core.task import Task
from evalkit.core.text import cut, shown_path
from evalkit.errors import DatasetError, MissingExtraError, SandboxError, TaskError
from evalkit.files.border import reason_of
from evalkit.metrics.metric import Metric
from evalkit.runner.task_scorers import scoring_of


def check_task(task: Task, samples: Sequence[Sample] = ()) -> None:
    """Open all that the task names, and look whether its gates can be met and missed.

    What only this machine lacks (an extra, a sandbox, data that a metric reads) is left to the run: it breaks
    one task, and a collection error would break them all.

    Raises TaskError at the line of the entry.
    """
    try:
        _check_schemas(task)
        metrics = scoring_of(task, samples).metrics
        for index, gate in enumerate(task.gates):
            _check_gate(gate, metrics[gate.metric.label], f"gates.{index}")
    except (MissingExtraError, SandboxError, DatasetError):
        return
    except TaskError as error:
        raise placed(task, error) from None


def _check_schemas(task: Task) -> None:
    """What goes out as a JSON Schema is one."""
    if isinstance(task.response_format, ResponseSchema) and task.response_format.schema is not None:
        _check_schema(task.response_format.schema, "response_format")
    for index, tool in enumerate(task.tools or ()):
        parameters = tool["function"].get("parameters")
        if parameters is not None:
            _check_schema(parameters, f"tools.{index}")


def _check_schema(schema: Mapping[str, Any], key: str) -> None:
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft202012Validator, validator_for

    try:
        validator_for(schema, default=Draft202012Validator).check_schema(dict(schema))
    except SchemaError as error:
        what = f"{key.partition('.')[0]}: the schema is wrong at {error.json_path}: {cut(error.message, 160)}"
        raise TaskError(what, key=key) from None
    except Exception as error:  # what the meta-schema did not foresee: a $schema that is not a text
        what = f"{key.partition('.')[0]}: the schema cannot be used: {reason_of(error)}"
        raise TaskError(what, key=key) from None


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

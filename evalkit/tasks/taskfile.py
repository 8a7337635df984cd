"""A ``*.eval.yaml`` file: one YAML document is one Task."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from evalkit.core.document import Document, Step, read_documents
from evalkit.core.forms import keys_of
from evalkit.core.old_names import KEYS, say_renamed
from evalkit.core.old_names import METRICS as OLD_METRICS
from evalkit.core.task import Task
from evalkit.core.text import shown_path
from evalkit.errors import TaskError, did_you_mean
from evalkit.files.border import reason_of
from evalkit.files.reading import read_text
from evalkit.registry import METRICS, SCORERS, Registry, is_sample_metric, scorer_names

KNOWN_KEYS = tuple(keys_of(Task))
#: Keys whose entries have lines of their own to point at.
_LISTS = ("gates", "messages", "metrics", "samples", "scorers", "tools")


def load_task_file(path: Path) -> list[Task]:
    """All tasks of a file, several documents separated by ``---``.

    Scalars follow YAML 1.2 (see ``core.document``): ``choices: [yes, no]`` are the texts that they look like,
    and choices are taken as written (``[1.0, true]`` are ``"1.0"`` and ``"true"``).

    Raises:
        TaskError: one problem, ``where`` is ``file:line``, ``key`` the offending key: malformed YAML, an
            unknown or duplicate key, a wrong type, an unknown scorer or metric, an empty file.
    """
    source = shown_path(path.resolve(), Path.cwd())
    documents = read_documents(_read(path, source), source, TaskError)
    if not documents:
        raise TaskError("the file holds no task", where=source, hint="write 'task: NAME' and what it needs")
    tasks: dict[str, Task] = {}
    for document in documents:
        task = _task(document, path)
        if task.task in tasks:
            raise TaskError(f"task {task.task!r} appears twice", where=document.where("task"), key="task")
        tasks[task.task] = task
    return list(tasks.values())


def _read(path: Path, source: str) -> str:
    try:
        return read_text(path)
    except UnicodeDecodeError as error:
        raise TaskError(f"the file is not UTF-8: {error.reason}", where=source) from None
    except Exception as error:
        raise TaskError(f"the file cannot be read: {reason_of(error)}", where=source) from None


def _task(document: Document, path: Path) -> Task:
    if not isinstance(document.value, dict):
        raise TaskError(
            f"a {type(document.value).__name__} stands where a task's keys should",
            where=document.where(),
            hint="write 'task: NAME' and what it needs",
        )
    values = dict(document.value)
    _check_keys(document, values)
    values["choices"] = document.texts("choices") or values.get("choices")
    try:
        task = Task(**values, source=path, lines=_lines(document, values))
        _check_names(task)
    except TaskError as error:
        first, *rest = _steps(error.key or "task")
        error.where = document.where(*_spelled(first, document.value), *rest)
        raise
    _say_old_metrics(task)
    return task


def _spelled(key: Step, values: Mapping[str, Any]) -> list[Step]:
    """A key as the document has it, which may be its old name."""
    old = (each for each, new in KEYS.items() if new == key and each in values)
    return [key if key in values else next(old, key)]


def _say_old_metrics(task: Task) -> None:
    """Metrics are read by either name; whoever wrote the old one is told the new one."""
    for key, specs in (("metrics", task.metrics), ("gates", [gate.metric for gate in task.gates])):
        for index, spec in enumerate(specs):
            old = spec.written.partition(":")[0]
            if old in OLD_METRICS:
                line = task.lines.get(f"{key}.{index}")
                say_renamed(f"metric {old!r} is now called {OLD_METRICS[old]!r}", task.source, line)


def _lines(document: Document, values: Mapping[str, Any]) -> dict[str, int]:
    """The line of each key, and of each entry of a list of entries."""
    ways: list[tuple[Step, ...]] = [(key,) for key in values if values[key] is not None]
    for key in _LISTS:
        entries = values.get(key)
        ways += [(key, index) for index in range(len(entries) if isinstance(entries, list) else 0)]
    return {".".join(map(str, way)): int(document.where(*way).rpartition(":")[2]) for way in ways}


def _steps(key: str) -> list[Step]:
    """``quarantine.0.until`` -> the way to it in the document."""
    return [int(part) if part.isdigit() else part for part in key.split(".")]


def _check_keys(document: Document, values: dict[str, Any]) -> None:
    for key in values:
        if key not in KNOWN_KEYS and key not in KEYS:
            hint = did_you_mean(key, KNOWN_KEYS)
            raise TaskError(f"unknown key {key!r}", where=document.where(key), key=key, hint=hint)
    for old, key in KEYS.items():
        if old in values and key in values and key != "description":
            what = f"{old!r} is the old name of {key!r}, which is there too"
            raise TaskError(what, where=document.where(old), key=old, hint="remove it")
    if "task" not in values:
        raise TaskError("the task has no name", where=document.where(), key="task", hint="add 'task: NAME'")


def _check_names(task: Task) -> None:
    """Raises TaskError at the entry that names a scorer or a metric which no registry knows."""
    aliases = {spec.alias for spec in task.scorers if spec.alias}
    for index, spec in enumerate(task.scorers):
        _check_name(spec.name, SCORERS, aliases, f"scorers.{index}")
    for key, specs in (("metrics", task.metrics), ("gates", [gate.metric for gate in task.gates])):
        for index, metric in enumerate(specs):
            _check_name(metric.name, METRICS, aliases, f"{key}.{index}")


def _check_name(name: str, registry: Registry, aliases: Collection[str], key: str) -> None:
    base, _, scorer = name.partition(":")
    if base not in registry and not (registry is SCORERS and is_sample_metric(base)):
        known = scorer_names() if registry is SCORERS else registry
        raise TaskError(f"unknown {registry.kind} {base!r}", key=key, hint=did_you_mean(base, known))
    # Of a scorer with several values, ``judge.clear``: which there are, the scorer says when it is opened.
    known_names = {scorer, scorer.rpartition(".")[0]}
    if base == "mean" and scorer and not any(each in SCORERS or each in aliases for each in known_names):
        hint = did_you_mean(scorer, [*SCORERS, *aliases])
        raise TaskError(f"unknown scorer {scorer!r} in {name!r}", key=key, hint=hint)

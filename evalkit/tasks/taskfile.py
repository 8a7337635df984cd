"""A ``*.eval.yaml`` file: one YAML document is one Task."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import fields
from pathlib import Path
from typing import Any

from evalkit.core.document import Document, Step, read_documents
from evalkit.core.gate import parse_gate, parse_metric
from evalkit.core.task import Task
from evalkit.core.task_values import scorer_parts
from evalkit.core.text import shown_path
from evalkit.errors import TaskError, did_you_mean
from evalkit.files.border import reason_of
from evalkit.files.reading import read_text
from evalkit.registry import METRICS, SCORERS, Registry, is_sample_metric, scorer_names

KNOWN_KEYS = tuple(field.name for field in fields(Task) if field.name not in ("source", "lines"))
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
            raise TaskError(f"task {task.task!r} stands twice", where=document.where("task"), key="task")
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
    values = document.value
    if not isinstance(values, dict):
        raise TaskError(
            f"a {type(values).__name__} stands where a task's keys should",
            where=document.where(),
            hint="write 'task: NAME' and what it needs",
        )
    _check_keys(document, values)
    aliases = _aliases(values.get("scorers"))
    _check_entries(document, "metrics", parse_metric, lambda spec: spec.name, aliases=aliases)
    _check_entries(document, "scorers", scorer_parts, lambda parts: parts[0], SCORERS)
    _check_entries(document, "gates", parse_gate, lambda gate: gate.metric.name, aliases=aliases)
    values = {**values, "choices": document.texts("choices") or values.get("choices")}
    try:
        return Task(**values, source=path, lines=_lines(document, values))
    except TaskError as error:
        error.where = document.where(*_steps(error.key or "task"))
        raise
    except Exception as error:  # what no check of a key foresaw
        key = _culprit(values)
        what = f"{key} cannot be read: {reason_of(error)}"
        raise TaskError(what, key=key, where=document.where(key)) from None


def _culprit(values: dict[str, Any]) -> str:
    """The key without which a task is read, or fails for another reason that is told."""
    for key in values:
        try:
            Task(**{name: value for name, value in values.items() if name != key})
        except TaskError:
            if key in ("task", "dataset", "samples"):
                continue
        except Exception:
            continue
        return key
    return next((key for key in ("dataset", "samples") if key in values), "task")


def _lines(document: Document, values: dict[str, Any]) -> dict[str, int]:
    """The line of each key, and of each entry of a list of entries."""
    ways: list[tuple[Step, ...]] = [(key,) for key in values if values[key] is not None]
    for key in _LISTS:
        entries = values.get(key)
        ways += [(key, index) for index in range(len(entries) if isinstance(entries, list) else 0)]
    return {".".join(map(str, way)): int(document.where(*way).rpartition(":")[2]) for way in ways}


def _aliases(entries: Any) -> set[str]:
    """Names that the task gives to its scorers."""
    values = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    params = [value for each in values for value in each.values() if isinstance(value, dict)]
    return {each["name"] for each in params if isinstance(each.get("name"), str)}


def _steps(key: str) -> list[Step]:
    """``quarantine.0.until`` -> the way to it in the document."""
    return [int(part) if part.isdigit() else part for part in key.split(".")]


def _check_keys(document: Document, values: dict[str, Any]) -> None:
    for key in values:
        if key not in KNOWN_KEYS:
            hint = did_you_mean(key, KNOWN_KEYS)
            raise TaskError(f"unknown key {key!r}", where=document.where(key), key=key, hint=hint)
    if "task" not in values:
        raise TaskError("the task has no name", where=document.where(), key="task", hint="add 'task: NAME'")


def _check_entries(
    document: Document,
    key: str,
    parse: Callable[[Any], Any],
    name_of: Callable[[Any], str],
    registry: Registry = METRICS,
    aliases: Collection[str] = (),
) -> None:
    """Entries one by one, so that an error tells the entry's own line; core.Task checks the list itself."""
    entries = document.value.get(key)
    if not isinstance(entries, list):
        return
    for index, entry in enumerate(entries):
        try:
            _check_name(name_of(parse(entry)), registry, aliases)
        except TaskError as error:
            error.where, error.key = document.where(key, index), key
            raise
        except Exception as error:
            what = f"{key} entry {index + 1} cannot be read: {reason_of(error)}"
            raise TaskError(what, key=key, where=document.where(key, index)) from None


def _check_name(name: str, registry: Registry, aliases: Collection[str]) -> None:
    base, _, scorer = name.partition(":")
    if base not in registry and not (registry is SCORERS and is_sample_metric(base)):
        known = scorer_names() if registry is SCORERS else registry
        raise TaskError(f"unknown {registry.kind} {base!r}", hint=did_you_mean(base, known))
    if base == "mean" and scorer and scorer not in SCORERS and scorer not in aliases:
        raise TaskError(
            f"unknown scorer {scorer!r} in {name!r}", hint=did_you_mean(scorer, [*SCORERS, *aliases])
        )

"""Where a key of a task stands, for errors that show up after its file was read."""

from __future__ import annotations

from pathlib import Path

from evalkit.core.document import read_documents
from evalkit.core.task import Task
from evalkit.core.text import shown_path
from evalkit.errors import TaskError
from evalkit.files.reading import read_text


def place_of(task: Task, key: str) -> str:
    """``suites/a.eval.yaml:4`` of a key, the file alone where it cannot be read again, or the task's name."""
    if task.source is None:
        return f"task {task.task}"
    source = shown_path(task.source.resolve(), Path.cwd())
    try:
        documents = read_documents(read_text(task.source), source, TaskError)
    except (TaskError, OSError, ValueError):
        return source
    for document in documents:
        if isinstance(document.value, dict) and document.value.get("task") == task.task:
            return document.where(key)
    return source

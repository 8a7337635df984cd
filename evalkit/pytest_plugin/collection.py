"""From files to test items: ``*.eval.yaml`` files and module-level Tasks in ``test_*.py``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from evalkit.core.subject import Subject
from evalkit.core.task import Task
from evalkit.core.text import name_of
from evalkit.errors import EvalkitError
from evalkit.pytest_plugin.items import EvalItem
from evalkit.pytest_plugin.node_names import node_name
from evalkit.redaction.message import message
from evalkit.runner.templates import check_templates
from evalkit.session.item_plan import items_of
from evalkit.tasks.taskfile import load_task_file

if TYPE_CHECKING:
    from evalkit.session.session import EvalSession


class _Collector(pytest.Collector):
    """A collector whose own errors are one line."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, EvalkitError):
            return message(excinfo.value)
        return super().repr_failure(excinfo)


class EvalFile(pytest.File, _Collector):
    """A ``*.eval.yaml`` file. With one task in it, its children are the Subjects."""

    def __init__(self, *, eval_session: EvalSession, **keywords: Any) -> None:
        super().__init__(**keywords)
        self._eval_session = eval_session

    def collect(self) -> Iterator[pytest.Collector]:
        tasks = [self._eval_session.tasks.whole(task) for task in load_task_file(self.path)]
        if len(tasks) == 1:
            yield from _subject_nodes(self, tasks[0], self._eval_session)
            return
        for task in tasks:
            yield TaskNode.from_parent(
                self, name=name_of(node_name(task.task)), task=task, eval_session=self._eval_session
            )


class TaskNode(_Collector):
    """One Task among several of a file or module."""

    def __init__(self, *, task: Task, eval_session: EvalSession, **keywords: Any) -> None:
        super().__init__(**keywords)
        self._task = task
        self._eval_session = eval_session

    def collect(self) -> Iterator[pytest.Collector]:
        yield from _subject_nodes(self, self._eval_session.tasks.whole(self._task), self._eval_session)


class SubjectNode(_Collector):
    """One Task with one Subject; its children are the test items."""

    def __init__(self, *, task: Task, subject: Subject, eval_session: EvalSession, **keywords: Any) -> None:
        super().__init__(**keywords)
        self._task = task
        self._subject = subject
        self._eval_session = eval_session

    def collect(self) -> Iterator[EvalItem]:
        taken: list[str] = []
        for planned in items_of(self._eval_session.tasks, self._task):
            name = node_name(planned.name, is_leaf=True, taken=taken)
            if planned.kind == "gate":
                taken.append(name)
            yield EvalItem.from_parent(
                self,
                name=name_of(name),
                task=self._task,
                subject=self._subject,
                eval_session=self._eval_session,
                planned=planned,
            )


def tasks_of(collector: pytest.Module, name: str, value: object) -> list[tuple[str, Task]]:
    """The tasks that a module's variable holds, with the names of their nodes: a Task, or a list of them.

    One that stands in a variable of its own too is collected there.
    """
    if isinstance(value, Task):
        return [(name, value)]
    if not isinstance(value, list | tuple) or not any(isinstance(each, Task) for each in value):
        return []
    own = [each for each in vars(collector.obj).values() if isinstance(each, Task)]
    listed = [each for each in value if isinstance(each, Task) and not any(each is other for other in own)]
    return [(node_name(f"{name}:{task.task}"), task) for task in listed]


def _subject_nodes(parent: pytest.Collector, task: Task, eval_session: EvalSession) -> Iterator[SubjectNode]:
    check_templates(task)
    for subject in eval_session.tasks.subjects_of(task):
        yield SubjectNode.from_parent(
            parent,
            name=name_of(node_name(subject.label)),
            task=task,
            subject=subject,
            eval_session=eval_session,
        )

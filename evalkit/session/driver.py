"""Drives a session without pytest: Tasks in, the outcome of every item out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from evalkit.core.subject import Subject
from evalkit.core.task import Task
from evalkit.core.text import shown_path
from evalkit.errors import BatchPendingError, UsageError
from evalkit.runner.templates import check_templates
from evalkit.session.item_plan import items_of
from evalkit.session.item_spec import ItemSpec
from evalkit.session.outcome import ItemOutcome
from evalkit.session.solo import SoloSession
from evalkit.session.task_book import TaskBook


@dataclass(frozen=True, slots=True)
class ItemResult:
    """How one item came out.

    Attributes:
        name: ``FILE::SUBJECT::GATE``, for people.
        is_passed: whether it leaves the session green.
    """

    name: str
    item: ItemSpec
    outcome: ItemOutcome
    is_passed: bool


def plan(book: TaskBook, tasks: Sequence[Task]) -> list[ItemSpec]:
    """Every item of every Task with each Subject that is asked of it. Raises TaskError."""
    items: list[ItemSpec] = []
    for given in tasks:
        task = book.whole(given)
        check_templates(task)
        for subject in book.subjects_of(task):
            items += [
                ItemSpec(_name(task, subject, each.name), task, subject, each.kind, each.gate, each.sample_id)
                for each in items_of(book, task)
            ]
    if not items:
        raise UsageError("nothing was selected", hint="check the options limit and sample, and the tasks")
    return items


def drive(
    solo: SoloSession, tasks: Sequence[Task], check: Callable[[], None] = lambda: None
) -> list[ItemResult]:
    """Evaluate, wait for every item, and end the session; results are stored when it returns.

    Args:
        check: called before each item; what it raises interrupts the session.

    Raises:
        EvalkitError: what was asked for cannot be evaluated; nothing was asked then.
        BatchPendingError: batches are under way that a later call collects; what came was kept.
        KeyboardInterrupt: after what came was kept, and so any other exception.
    """
    results: list[ItemResult] = []
    is_interrupted = True
    try:
        items = plan(solo.session.tasks, tasks)
        solo.begin(items)
        for item in items:
            check()
            outcome = solo.session.outcome(item)
            is_passed = outcome.is_quarantined or solo.session.passes(outcome)
            results.append(ItemResult(item.node_id, item, outcome, is_passed))
        is_interrupted = False
    except BatchPendingError:
        is_interrupted = False
        raise
    finally:
        solo.finish(is_interrupted=is_interrupted)
    return results


def _name(task: Task, subject: Subject, item: str) -> str:
    file = shown_path(task.source.resolve(), Path.cwd()) if task.source else task.task
    return f"{file}::{subject.label}::{item}"

"""What a Task and a Subject are asked about: each gate, each asserted Sample, or that it was evaluated."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.core.frozen import frozen
from evalkit.core.gate import Gate
from evalkit.core.task import DatasetSpec, Task
from evalkit.session.item_spec import Kind
from evalkit.session.task_book import TaskBook

#: How the one item of a task with neither gates nor asserted Samples is called.
EVALUATED = "evaluated"


@frozen(slots=True)
class PlannedItem:
    """One item.

    Attributes:
        name: of the gate, of the Sample, or ``evaluated``.
        line: of the task file, counted from 1, that asks for it; None where it was made in Python.
    """

    name: str
    kind: Kind
    line: int | None
    gate: Gate | None = None
    sample_id: str | None = None


def items_of(tasks: TaskBook, task: Task) -> Iterator[PlannedItem]:
    """The items of one Task, the same for each Subject. Raises TaskError."""
    lines = task.lines
    asserted = [sample for sample in tasks.samples_at_collection(task) if sample.assertions]
    for index, gate in enumerate(task.gates):
        yield PlannedItem(gate.text, "gate", lines.get(f"gates.{index}"), gate)
    places = _sample_lines(task)
    for sample in asserted:
        line = places.get(sample.id) or lines.get("samples") or lines.get("dataset")
        yield PlannedItem(sample.id, "sample", line, sample_id=sample.id)
    if not task.gates and not asserted:
        yield PlannedItem(EVALUATED, "task", lines.get("task"))


def _sample_lines(task: Task) -> dict[str, int]:
    """Where inline samples that give their own id stand."""
    assert isinstance(task.dataset, DatasetSpec)
    rows = task.dataset.rows or ()
    known = {f"samples.{index}": str(row["id"]) for index, row in enumerate(rows) if "id" in row}
    if task.id is not None:
        return {}
    return {sample_id: task.lines[key] for key, sample_id in known.items() if key in task.lines}

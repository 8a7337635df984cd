"""Many Subjects in one table: a row for each, a column for each number."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.core.estimate import Estimate
from evalkit.metrics.units import is_operation
from evalkit.report.blocks import Cell, Column, Reading, Row, Table, Text
from evalkit.report.data import EvaluationData, ReportData
from evalkit.report.deltas import delta
from evalkit.report.numbers import interval_text, value_text

#: Columns of numbers that a screen has room for; all numbers stand behind the grid.
MOST_COLUMNS = 9

#: Task and metric.
_Name = tuple[str, str]


def metric_grid(data: ReportData) -> Table:
    """What says how good answers are first, then what they took. Of several tasks each its first numbers, so
    that every task has a column as long as there is room."""
    names = _chosen(data)
    has_tasks = len(data.tasks) > 1
    columns = [Column(f"{task} · {metric}" if has_tasks else metric, "number") for task, metric in names]
    found = {(item.task, item.label): item for item in data.evaluations}
    rows = []
    for label in data.subjects:
        cells = [_cell(found.get((task, label)), metric) for task, metric in names]
        rows.append(Row((Text(label), *cells, Text(""))))
    caption = "Each subject with its numbers and 95 % intervals"
    return Table(caption, (Column("Subject", "lead"), *columns, Column("", "wide")), rows, is_grid=True)


def _chosen(data: ReportData) -> list[_Name]:
    by_task = {task: list(_metrics(data, task)) for task in data.tasks}
    deepest = max(map(len, by_task.values()), default=0)
    turns = [
        (task, metrics[place])
        for place in range(deepest)
        for task, metrics in by_task.items()
        if place < len(metrics)
    ]
    kept = set(turns[:MOST_COLUMNS])
    return [
        (task, metric) for task, metrics in by_task.items() for metric in metrics if (task, metric) in kept
    ]


def _metrics(data: ReportData, task: str) -> Iterator[str]:
    """Those with a value, the task's own first."""
    estimates = [each for item in data.evaluations if item.task == task for each in item.estimates]
    names = dict.fromkeys(each.metric for each in estimates if each.value is not None)
    yield from sorted(names, key=is_operation)


def _cell(item: EvaluationData | None, metric: str) -> Cell:
    found = next((each for each in item.estimates if each.metric == metric), None) if item else None
    if item is None or found is None:
        return Text("", "number")
    if found.value is None:
        return Text("–", "number")
    return _reading(item, found)


def _reading(item: EvaluationData, estimate: Estimate) -> Reading:
    change = delta(estimate, item.pair) if item.pair is not None else None
    word = change.word if change is not None and change.word in ("better", "worse") else ""
    text = value_text(estimate.metric, estimate.value)
    return Reading(text, interval_text(estimate.metric, estimate.low, estimate.high), word, word)

"""Which slices moved, the worst first, though nobody asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from evalkit.core.text import plural
from evalkit.report.blocks import Block, Cell, Column, Group, Interval, Note, Row, Table, Text
from evalkit.report.data import EvaluationData, ReportData
from evalkit.report.numbers import interval_text

if TYPE_CHECKING:  # a report without a baseline imports no statistics
    from evalkit.comparisons.slices.scan import SliceMove

TITLE = "Slices"

#: Of those that did not move, the worst are enough.
MAX_OTHERS = 50


def blocks(data: ReportData) -> Iterator[Block]:
    scanned = [(item, item.pair.slices) for item in data.evaluations if item.pair and item.pair.slices]
    if not scanned:
        return
    from evalkit.report.slices import sentence

    yield Note(sentence([scan for _, scan in scanned]))
    moved = [(item, move) for item, scan in scanned for move in scan.moved]
    others = [(item, move) for item, scan in scanned for move in scan.others]
    for found in (moved, others):
        found.sort(key=lambda pair: pair[1].difference)
    if moved:
        yield _table(data, moved, "Slices that moved, the worst first")
    if others:
        shown = others[:MAX_OTHERS]
        which = f": the {len(shown)} worst" if len(shown) < len(others) else ""
        words = f"{plural(len(others), 'slice')} that cannot be told from chance{which}"
        yield Group(words, (_table(data, shown, words),))


def _table(data: ReportData, found: Sequence[tuple[EvaluationData, SliceMove]], caption: str) -> Table:
    from evalkit.report.slices import numbers

    has_tasks, has_subjects = len(data.tasks) > 1, len({item.label for item, _ in found}) > 1
    columns = (
        Column("Slice", "lead"),
        *([Column("Task")] if has_tasks else []),
        *([Column("Subject")] if has_subjects else []),
        Column("Metric"),
        Column("n", "number"),
        Column("Baseline", "number"),
        Column("Candidate", "number"),
        Column("Difference"),
        Column("Won/lost/tied", "number"),
        Column("q", "number"),
        Column("", "wide"),
    )
    reach = max(max(abs(move.low), abs(move.high)) for _, move in found) or 1.0
    rows = []
    for item, move in found:
        before, after, change, turns, q = numbers(move)
        cells: list[Cell] = [Text(move.part.text)]
        cells += [Text(item.task)] if has_tasks else []
        cells += [Text(item.label)] if has_subjects else []
        cells += [Text(move.metric), Text(f"{move.n:,}", "number"), Text(before, "number")]
        cells += [Text(after, "number"), _bar(move, change, reach), Text(turns, "number")]
        rows.append(Row((*cells, Text(q, "number"), Text(""))))
    return Table(caption, columns, rows)


def _bar(move: SliceMove, change: str, reach: float) -> Cell:
    """In the metric's own direction: the move's sign is turned so that larger is better."""
    raw, (low, high) = move.candidate - move.baseline, (move.low, move.high)
    if not move.is_higher_better:
        low, high = -high, -low
    words = f"{change} {interval_text(move.metric, low, high)} {move.word}"
    return Interval(raw, low, high, -reach, reach, words, (0.0,), move.word)

"""Which slices moved, the worst first, though nobody asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from evalkit.core.text import plural
from evalkit.report.blocks import Block, Cell, Column, Group, Interval, Note, Row, Table, Text
from evalkit.report.data import ReportData
from evalkit.report.numbers import interval_text
from evalkit.report.verdict_table import Placed

if TYPE_CHECKING:  # a report without a baseline imports no statistics
    from evalkit.comparisons.slices.scan import SliceMove, SliceScan

TITLE = "Slices"

#: Of those that did not move, the worst are enough.
MAX_OTHERS = 50


def blocks(data: ReportData) -> Iterator[Block]:
    scanned = [(item, item.pair.slices) for item in data.evaluations if item.pair and item.pair.slices]
    if not scanned:
        return
    yield from moved_slices(scanned, has_tasks=len(data.tasks) > 1)
    others = _worst_first((item, move) for item, scan in scanned for move in scan.others)
    if others:
        shown = others[:MAX_OTHERS]
        which = f": the {len(shown)} worst" if len(shown) < len(others) else ""
        words = f"{plural(len(others), 'slice')} that cannot be told from chance{which}"
        yield Group(words, (_table(shown, words, has_tasks=len(data.tasks) > 1),))


def moved_slices(scanned: Sequence[tuple[Placed, SliceScan]], *, has_tasks: bool) -> Iterator[Block]:
    """What was looked at, and the slices that moved."""
    from evalkit.report.slices import sentence

    yield Note(sentence([scan for _, scan in scanned]))
    moved = _worst_first((item, move) for item, scan in scanned for move in scan.moved)
    if moved:
        yield _table(moved, "Slices that moved, the worst first", has_tasks=has_tasks)


def _worst_first(found: Iterable[tuple[Placed, SliceMove]]) -> list[tuple[Placed, SliceMove]]:
    """Task by task, the one with the worst slice first."""
    ordered = sorted(found, key=lambda pair: pair[1].difference)
    tasks = list(dict.fromkeys(item.task for item, _ in ordered))
    return sorted(ordered, key=lambda pair: tasks.index(pair[0].task))


def _table(found: Sequence[tuple[Placed, SliceMove]], caption: str, *, has_tasks: bool) -> Table:
    from evalkit.report.slices import numbers

    has_subjects = len({item.label for item, _ in found}) > 1
    columns = (
        Column("Slice", "lead"),
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
    for place, (item, move) in enumerate(found):
        if has_tasks and (not place or found[place - 1][0].task != item.task):
            rows.append(Row((), heading=item.task))
        before, after, change, turns, q = numbers(move)
        cells: list[Cell] = [Text(move.part.text)]
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

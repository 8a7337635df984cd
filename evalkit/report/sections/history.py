"""How each gated metric went over the runs of the store, and what it was made with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from evalkit.comparisons.wording import percent
from evalkit.core.text import plural
from evalkit.report.blocks import Badge, Block, Cell, Column, Group, Note, Row, Table, Text
from evalkit.report.data import ReportData

if TYPE_CHECKING:  # only where there is a history
    from evalkit.drift.move import Move
    from evalkit.drift.series import Series

TITLE = "History"

#: With more Subjects a metric's lines that did not move stand in a table.
MOST_LARGE = 2
#: Series that are told, and runs of one that are listed, the latest.
MOST_SERIES, MOST_ROWS = 60, 100
#: Chance of any false alarm, over all series of a report.
ALPHA = 0.05


def blocks(data: ReportData) -> Iterator[Block]:
    if not data.history:
        return
    shown = data.history[:MOST_SERIES]
    moves, has_dots = _moves(shown), False
    for name in dict.fromkeys((each.last.task, each.last.metric) for each in shown):
        its = [each for each in shown if (each.last.task, each.last.metric) == name]
        its.sort(key=lambda each: _place(data, each))
        has_dots = has_dots or bool(_large(its, moves))
        yield from _metric(data, its, moves)
    if len(shown) < len(data.history):
        yield Note(f"{plural(len(data.history) - len(shown), 'line')} left out: 'evalkit drift' has them.")
    yield Note(_key(shown, moves, has_dots=has_dots))


def _moves(shown: Sequence[Series]) -> Mapping[int, Sequence[Move]]:
    """By the id of the series, the oldest first."""
    from evalkit.drift.move import Move

    long_enough = [each for each in shown if each.too_short is None]
    found: dict[int, Sequence[Move]] = {}
    for each in shown:
        changes = each.changes(ALPHA / len(long_enough)) if each.too_short is None else []
        found[id(each)] = [Move(each, change) for change in changes]
    return found


def _metric(data: ReportData, its: Sequence[Series], moves: Mapping[int, Sequence[Move]]) -> Iterator[Block]:
    from evalkit.report.history_picture import history

    span = max(_reach(each)[1] - _reach(each)[0] for each in its)
    large = _large(its, moves)
    for each in large:
        yield history(_title(each), each, moves[id(each)], data.run.run_id, _ends(each, span))
        yield _numbers(each)
    if len(large) < len(its):
        yield _table([each for each in its if each not in large], span, is_rest=bool(large))


def _large(its: Sequence[Series], moves: Mapping[int, Sequence[Move]]) -> list[Series]:
    """Those that are drawn large."""
    return [each for each in its if moves[id(each)] or len(its) <= MOST_LARGE]


def _place(data: ReportData, series: Series) -> int:
    """Subjects stand as everywhere in the report."""
    return data.subjects.index(series.subject) if series.subject in data.subjects else len(data.subjects)


def _reach(series: Series) -> tuple[float, float]:
    values = [row.value for row in series.rows]
    return min(values), max(values)


def _ends(series: Series, span: float) -> tuple[float, float]:
    """Of an axis as long as that of the Subject that varied most, so that unrest looks as large as it is."""
    low, high = _reach(series)
    room = (span - (high - low)) / 2
    return low - room, high + room


def _title(series: Series) -> str:
    return f"{series.last.task} · {series.last.metric} · {series.subject}"


def _table(its: Sequence[Series], span: float, *, is_rest: bool) -> Table:
    """Subjects that did not move, each with a small picture."""
    from evalkit.report.history_blocks import Trace
    from evalkit.report.history_picture import small, state
    from evalkit.report.numbers import value_text

    columns = (
        Column("Subject", "lead"), Column("History"), Column("State"), Column("Latest", "number"),
        Column("Lowest", "number"), Column("Highest", "number"), Column("Runs", "number"), Column("", "wide"),
    )  # fmt: skip
    metric, rows = its[0].last.metric, []
    for each in its:
        values = [row.value for row in each.rows]
        cells: list[Cell] = [
            Text(each.subject),
            Trace(small(each, (), _ends(each, span))),
            Badge("none", state(each, ())),
        ]
        cells += [Text(value_text(metric, v), "number") for v in (values[-1], min(values), max(values))]
        rows.append(Row((*cells, Text(f"{len(values):,}", "number"), Text(""))))
    what = f"{its[0].last.task} · {metric}" + (", the other subjects" if is_rest else "")
    return Table(f"History of {what}", columns, [Row((), heading=what), *rows])


def _numbers(series: Series) -> Group:
    """The runs behind a picture, the latest first."""
    from evalkit.report.drift_picture import day
    from evalkit.report.numbers import value_text

    columns = (
        Column("Day", "narrow"), Column("Run"), Column("Value", "number"), Column("n", "number"),
        Column("Model revision"), Column("Prompt"), Column("Dataset"), Column("", "wide"),
    )  # fmt: skip
    rows = [
        Row(
            (
                Text(day(row.started_at)), Text(row.run_id, "code"),
                Text(value_text(row.metric, row.value), "number"), Text(f"{row.n:,}", "number"),
                Text(row.model_revision or ""), Text(row.prompt_hash[:8], "code"),
                Text(row.dataset_hash[:8], "code"), Text(""),
            )
        )
        for row in reversed(series.rows[-MOST_ROWS:])
    ]  # fmt: skip
    n = len(series.rows)
    which = f"the latest {MOST_ROWS} of {n:,} runs" if n > MOST_ROWS else plural(n, "run")
    return Group(f"The numbers of {which}", (Table(f"{_title(series)}, run by run", columns, rows),))


def _key(shown: Sequence[Series], moves: Mapping[int, Sequence[Move]], *, has_dots: bool) -> str:
    has_moves = any(moves.values())
    read = (
        "A broken line is the level before and after a change, a band the 95 % interval of its date. "
        if has_moves
        else ""
    )
    n = sum(each.too_short is None for each in shown)
    sure = f"The chance of any false alarm in {plural(n, 'line')} is {percent(ALPHA)}. " if n else ""
    dot = ", the large dot" if has_dots else ""
    more = "'evalkit drift' tells more, and what to do."
    return f"Whole runs of the store up to this one{dot}. {read}{sure}{more}"

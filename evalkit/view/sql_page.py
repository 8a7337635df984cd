"""A query beside the tables that it can ask, and its answer as a table and a picture."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from evalkit.core.text import plural, text_of
from evalkit.errors import StoreError
from evalkit.report.blocks import Block, Column, Group, Note, Row, Table, Text
from evalkit.report.page import Page
from evalkit.report.sections import Section
from evalkit.report.ways import Chart, Field, Form
from evalkit.store.query import Answer, PartOfAnswer, ask_in_time, tables_of_store
from evalkit.store.store import Store
from evalkit.view.places import Places
from evalkit.view.result_chart import SHAPES, chart_of

#: Of one query: rows that are shown, seconds that it may take. A writer waits as long.
MOST_ROWS, MOST_S = 1_000, 10.0
_MOST_CHARS = 2_000
_EXAMPLE = """SELECT task, avg(m.value) AS accuracy, count(*) AS n
FROM metrics m JOIN evaluations USING (evaluation_id)
WHERE metric = 'accuracy' GROUP BY task ORDER BY accuracy"""


def sql_page(store: Store, places: Places, query: str, shape: str) -> Page:
    """The page for a query; without one it offers an example. ``shape`` is of the chart, empty for none."""
    choices = (("", "none"), *((name, name) for name in SHAPES))
    fields = (
        Field("q", "Query, one SELECT", query or _EXAMPLE, "lines"),
        Field("chart", "Chart", shape, "choice", choices),
    )
    limits = f"It only reads; {MOST_ROWS:,} rows and {MOST_S:g} s at most."
    form = Form("ask", "Ask the store", places.part("sql"), "Run", fields, limits)
    sections = [Section("query", "", (form,))]
    if query.strip():
        sections.append(Section("result", "Result", tuple(_result(store, query, shape))))
    sections.append(Section("tables", "Tables", _schema(store)))
    return Page("SQL", "questions of your own", sections)


def _result(store: Store, query: str, shape: str) -> list[Block]:
    try:
        part = ask_in_time(store.connection, query, most_rows=MOST_ROWS, most_s=MOST_S)
    except StoreError as error:
        return [Note(f"{error.what}. {error.hint or ''}".strip(), "warning")]
    answer = part.answer
    blocks: list[Block] = []
    for name in SHAPES:
        if name == shape:
            found = chart_of(answer.columns, answer.rows, name)
            blocks += [Note(found)] if isinstance(found, str) else [found, *_not_drawn(found, answer)]
    n = len(answer.rows)
    blocks.append(Note(f"The first {n:,} rows; there are more." if part.is_cut else f"{plural(n, 'row')}."))
    return [*blocks, *([_table(part)] if n else [])]


def _not_drawn(chart: Chart, answer: Answer) -> list[Note]:
    n = len(answer.rows) - len(chart.bars)
    return [Note(f"Not in the chart: {plural(n, 'row')} without a finite number.", "warning")] if n else []


def _table(part: PartOfAnswer) -> Table:
    answer = part.answer
    numbers = [any(_is_number(row[at]) for row in answer.rows) for at in range(len(answer.columns))]
    columns = tuple(
        Column(name, "number" if is_number else "")
        for name, is_number in zip(answer.columns, numbers, strict=True)
    )
    rows = [Row(tuple(Text(_shown(value), _style(value)) for value in row)) for row in answer.rows]
    return Table("What the query gives", columns, rows)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    text = (
        value if isinstance(value, str) else text_of(value) if isinstance(value, list | dict) else str(value)
    )
    return text if len(text) <= _MOST_CHARS else f"{text[:_MOST_CHARS]}…"


def _style(value: Any) -> str:
    return "lines" if isinstance(value, str | list | dict) else ""


def _schema(store: Store) -> tuple[Block, ...]:
    columns = (Column("Column", "lead"), Column("Type"), Column("Meaning", "wide"))
    found = []
    for name, its in tables_of_store(store.connection).items():
        rows = [
            Row((Text(column, "code"), Text(kind, "muted"), Text(meaning))) for column, kind, meaning in its
        ]
        found.append(Group(name, (Table(f"Columns of {name}", columns, rows),)))
    return tuple(found)

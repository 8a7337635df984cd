"""Rows of ``judgements``: their columns follow from the fields of a Judgement."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

import orjson

from evalkit.core.judgement import Judgement
from evalkit.store.bulk import tables_of
from evalkit.store.connection import Connection
from evalkit.store.rows import Row, json_text

#: Scorer, sample id and repeat of a Score.
Place = tuple[str, str, int]

#: Fields whose names are words of SQL -> their columns.
_RENAMED = {"order": "side_order", "values": "named_values"}
_FIELDS = tuple(each.name for each in fields(Judgement))
_FIRST = ("evaluation_id", "sample_id", "repeat", "created_at")
_OWN = tuple(_RENAMED.get(name, name) for name in _FIELDS)
_SCORER, _VALUES, _FLAG = map(_FIELDS.index, ("scorer", "values", "is_rejudged"))
#: All columns, in order.
COLUMNS = (*_FIRST, *_OWN)
_values_of = attrgetter(*_FIELDS)


def judgement_rows(
    evaluation_id: str,
    sample_id: str,
    repeat: int,
    scorer: str,
    judgements: Sequence[Judgement],
    created_at: float,
) -> Iterable[Row]:
    """The rows of what judges said of one response; ``scorer`` is what its Score is called."""
    for each in judgements:
        values = list(_values_of(each))
        values[_SCORER] = scorer
        values[_VALUES] = None if each.values is None else json_text(each.values)
        values[_FLAG] = each.is_rejudged or None
        yield [evaluation_id, sample_id, repeat, created_at, *values]


def read(connection: Connection, evaluation_id: str) -> Mapping[Place, tuple[Judgement, ...]]:
    """What judges said of each response of an evaluation, by round; empty where nothing was judged."""
    rows = connection.execute(
        f"""SELECT sample_id, repeat, {", ".join(_OWN)} FROM judgements WHERE evaluation_id = ?
            ORDER BY round, rowid""",
        [evaluation_id],
    ).fetchall()
    found: dict[Place, list[Judgement]] = {}
    for sample_id, repeat, *values in rows:
        values[_VALUES] = orjson.loads(values[_VALUES]) if values[_VALUES] else None
        values[_FLAG] = bool(values[_FLAG])
        each = Judgement(*values)
        found.setdefault((each.scorer, sample_id, repeat), []).append(each)
    return {place: tuple(its) for place, its in found.items()}


def append(
    connection: Connection, evaluation_id: str, judgements: Mapping[Place, Sequence[Judgement]]
) -> int:
    """Add what was asked later, all of it or nothing; the number of rows."""
    now = time.time()
    rows = [
        row
        for (scorer, sample_id, repeat), its in judgements.items()
        for row in judgement_rows(evaluation_id, sample_id, repeat, scorer, its, now)
    ]
    if rows:
        connection.execute("BEGIN")
        tables_of(connection, ["judgements"])["judgements"].insert(connection, rows)
        connection.execute("COMMIT")
    return len(rows)


def adopt(scratch: Connection, store: Connection, pairs: Mapping[str, str]) -> None:
    """Have evaluations of ``scratch`` be of the subjects, and on the inputs, of those whose stored responses
    they judged, and say so.

    Args:
        store: the store of the judged evaluations.
        pairs: evaluation id in ``scratch`` -> the one that it was judged from.
    """
    for new, old in pairs.items():
        subject = store.execute(
            "SELECT subjects.* FROM subjects JOIN evaluations USING (subject_id) WHERE evaluation_id = ?",
            [old],
        ).fetchall()
        for row in subject:
            scratch.execute("DELETE FROM subjects WHERE subject_id = ?", [row[0]])
            scratch.execute(f"INSERT INTO subjects VALUES ({', '.join('?' * len(row))})", list(row))
            scratch.execute("UPDATE evaluations SET subject_id = ? WHERE evaluation_id = ?", [row[0], new])
        scratch.execute("UPDATE evaluations SET judged_from = ? WHERE evaluation_id = ?", [old, new])
        inputs = store.execute(
            "SELECT sample_id, repeat, input FROM responses WHERE evaluation_id = ?", [old]
        ).fetchall()
        columns: list[list[Any]] = [list(column) for column in zip(*inputs, strict=True)] or [[], [], []]
        scratch.execute(
            """UPDATE responses SET input = before.input
               FROM (SELECT unnest(?::VARCHAR[]) AS sample_id, unnest(?::BIGINT[]) AS repeat,
                            unnest(?::VARCHAR[]) AS input) AS before
               WHERE evaluation_id = ? AND responses.sample_id = before.sample_id
                 AND responses.repeat = before.repeat""",
            [*columns, new],
        )

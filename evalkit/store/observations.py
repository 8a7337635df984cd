"""Reading ``responses`` and ``scores`` of one evaluation as parallel columns."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.core.columns import Columns
from evalkit.core.judge_signature import asks_judge
from evalkit.core.observations import Observations
from evalkit.core.response import KINDS, Response
from evalkit.core.run import Evaluation
from evalkit.core.score import Score
from evalkit.errors import EvalkitError
from evalkit.store import sample_rows
from evalkit.store.connection import Connection

if TYPE_CHECKING:
    from evalkit.core.reviewed import Reviewed


def _selected(name: str) -> str:
    """What is read of a field. Lists come as JSON: numpy has no columns of lists, and most evaluations have
    none."""
    sql = KINDS[name].sql if name in KINDS else ""
    if sql.endswith("[]"):
        return f"to_json({name})"
    return f"epoch_us({name}) / 1e6" if sql == "TIMESTAMP" else name


_RESPONSE_FIELDS = tuple(each.name for each in fields(Response))
# The fields of Response in order, then what belongs to its Sample.
_RESPONSES = f"""SELECT {", ".join(map(_selected, _RESPONSE_FIELDS))},
    target, is_target_json, sample_hash, position, sample_group
    FROM responses WHERE evaluation_id = ? AND NOT coalesce(is_recheck, false)"""
_SCORES = """SELECT scorer, value, answer, explanation, error, named_values, sample_id, repeat
    FROM scores WHERE evaluation_id = ?"""
_SCORE_FIELDS = tuple(each.name for each in fields(Score))
_ERROR = _SCORE_FIELDS.index("error")
#: Texts that many answers share.
_SHARED = ("finish_reason", "vendor_finish_reason", "model_revision")


def read(connection: Connection, evaluation: Evaluation) -> Observations:
    """Every response of the evaluation with its scores, rechecks left out.

    Order: place in the dataset, else order of arrival of a sample's first answer; then repeat. A response
    that a scorer did not score stands with a Score whose ``error`` says why.
    """
    fetched = _fetched(connection, _RESPONSES, evaluation.evaluation_id)
    # Sorted here and not by DuckDB, which would hold every text once more to do it.
    order = _order(fetched[-2], fetched[1], fetched[2])
    if order is not None:
        fetched = [[column[i] for i in order] for column in fetched]
    *values, targets, is_json, hashes, _, groups = fetched
    columns = dict(zip(_RESPONSE_FIELDS, values, strict=True))
    for name in _SHARED:
        columns[name] = _shared(columns[name])
    for name, kind in KINDS.items():
        if kind.unpack is not None and _has_any(columns[name]):
            unpack = kind.unpack
            columns[name] = [None if value is None else unpack(value) for value in _parsed(columns[name])]
    targets = _shared(targets)
    if any(is_json):
        parsed = _parsed(
            [text if is_text_json else None for text, is_text_json in zip(targets, is_json, strict=True)]
        )
        targets = [
            value if is_text_json else text
            for value, text, is_text_json in zip(parsed, targets, is_json, strict=True)
        ]
    return Observations(
        columns["sample_id"],
        targets,
        Columns(Response, columns),
        _scores(connection, evaluation, columns),
        evaluation.labels,
        evaluation.scorer_signatures,
        _shared(groups) if _has_any(groups) else None,
        hashes if _has_any(hashes) else None,
        _slices(connection, evaluation),
        _reviewed(connection, evaluation),
    )


def _reviewed(connection: Connection, evaluation: Evaluation) -> Reviewed | None:
    """What people say of it; most stores have no reviews, and nothing of them is loaded."""
    if connection.execute("SELECT 1 FROM reviews LIMIT 1").fetchone() is None:
        return None
    from evalkit.store.reviewed import read_reviewed

    return read_reviewed(connection, evaluation)


def _slices(connection: Connection, evaluation: Evaluation) -> dict[str, Mapping[str, Sequence[str]]]:
    """Of what the evaluation's metrics are sliced by; nothing of what its rows no longer tell."""
    wanted = dict.fromkeys(spec[2]["by"] for spec in evaluation.metric_specs.values() if len(spec) > 2)
    if not wanted:
        return {}
    from evalkit.prompts.slicing import slices_of

    rows = sample_rows.read(connection, evaluation.evaluation_id)
    found: dict[str, Mapping[str, Sequence[str]]] = {}
    for by in wanted if rows else ():
        with suppress(EvalkitError):
            found[by] = slices_of(by, rows.items(), evaluation.task)
    return found


def _fetched(connection: Connection, sql: str, evaluation_id: str) -> list[list[Any]]:
    """The columns of what ``sql`` finds, as they arrived."""
    found = connection.execute(sql, [evaluation_id]).fetchnumpy()
    nothing = [None] * len(next(iter(found.values())))
    return [_listed(column, nothing) for column in found.values()]


def _listed(column: Any, nothing: list[Any]) -> list[Any]:
    """A column of numpy as Python values, None where it has none; columns without any share one list."""
    if not isinstance(column, np.ma.MaskedArray):
        return list(column.tolist())
    mask = np.ma.getmaskarray(column)
    if mask.all():
        return nothing
    values = column.data.astype(object)
    values[mask] = None
    return list(values.tolist())


def _order(
    positions: Sequence[int | None], sample_ids: Sequence[str], repeats: Sequence[int]
) -> list[int] | None:
    """Which row comes first, second …; None where they stand in order."""
    place = np.array([math.inf if position is None else position for position in positions])
    if np.all(place[1:] > place[:-1]):
        return None
    codes = {sample_id: code for code, sample_id in enumerate(dict.fromkeys(sample_ids))}
    arrival = np.array([codes[sample_id] for sample_id in sample_ids])
    return [int(i) for i in np.lexsort((np.array(repeats), arrival, place))]


def _scores(
    connection: Connection, evaluation: Evaluation, responses: Mapping[str, Sequence[Any]]
) -> dict[str, Columns[Score]]:
    """Scorer to its scores, row by row of the responses."""
    *columns, sample_ids, repeats = _fetched(connection, _SCORES, evaluation.evaluation_id)
    n = len(responses["sample_id"])
    places = _places(columns[0], _rows_of(sample_ids, repeats, responses), evaluation, n)
    *columns, named = columns
    columns = [*map(_shared, columns), _parsed(named)]
    said = _judgements(connection, evaluation)
    places_of = list(zip(responses["sample_id"], responses["repeat"], strict=True)) if said else []
    nothing = [None] * n
    return {
        name: Columns(
            Score,
            _scored(
                name,
                columns,
                at,
                responses["error"],
                [said.get((name, *place)) for place in places_of] if said else nothing,
            ),
        )
        for name, at in places.items()
    }


def _places(
    scorers: Sequence[str], rows: Sequence[int | None], evaluation: Evaluation, n: int
) -> dict[str, Sequence[int | None]]:
    """For each scorer where the score of each response stands, None where there is none."""
    names = dict.fromkeys([*evaluation.scorer_signatures, *scorers])
    if len(names) == 1 and rows == range(n):
        return dict.fromkeys(names, rows)
    places: dict[str, list[int | None]] = {name: [None] * n for name in evaluation.scorer_signatures}
    for at, (scorer, row) in enumerate(zip(scorers, rows, strict=True)):
        if row is not None:
            if scorer not in places:
                places[scorer] = [None] * n
            places[scorer][row] = at
    return {**places}


def _judgements(connection: Connection, evaluation: Evaluation) -> Mapping[Any, Any]:
    """What judges said, by scorer, sample and repeat; most evaluations have no judge."""
    signatures = evaluation.scorer_signatures
    if signatures and not any(map(asks_judge, signatures.values())):
        return {}
    from evalkit.store.judgements import read as read_judgements

    return read_judgements(connection, evaluation.evaluation_id)


def _rows_of(
    sample_ids: Sequence[str], repeats: Sequence[int], responses: Mapping[str, Sequence[Any]]
) -> Sequence[int | None]:
    """The row of the response with the same sample and repeat, None where there is none; a range where each
    response has one score and they stand in one order."""
    if sample_ids == responses["sample_id"] and repeats == responses["repeat"]:
        return range(len(sample_ids))
    keys: Iterable[Any] = sample_ids
    known: Iterable[Any] = responses["sample_id"]
    if any(repeats) or any(responses["repeat"]):
        keys = zip(sample_ids, repeats, strict=True)
        known = zip(known, responses["repeat"], strict=True)
    return list(map({key: row for row, key in enumerate(known)}.get, keys))


def _scored(
    name: str,
    columns: Sequence[Sequence[Any]],
    places: Sequence[int | None],
    errors: Sequence[str | None],
    judgements: Sequence[Any],
) -> dict[str, Sequence[Any]]:
    """The columns of one scorer's scores; ``places`` says where each response's score stands, if anywhere."""
    if isinstance(places, range):
        found = list(columns)
    else:
        found = [[None if at is None else column[at] for at in places] for column in columns]
    found[0] = [name] * len(places)
    if None in places:
        found[_ERROR] = [
            error if at is not None else failure or "was not scored"
            for at, error, failure in zip(places, found[_ERROR], errors, strict=True)
        ]
    found.append(list(judgements))
    return dict(zip(_SCORE_FIELDS, found, strict=True))


def _shared(values: list[Any]) -> list[Any]:
    """The same values, one object for each text that many rows share."""
    seen: dict[Any, Any] = {}
    return list(map(seen.setdefault, values, values)) if _has_any(values) else values


def _has_any(values: list[Any]) -> bool:
    return values.count(None) < len(values)


def _parsed(texts: list[str | None]) -> list[Any]:
    """What JSON texts say, None staying None; parsed in one go, which is ten times faster."""
    if not _has_any(texts):
        return texts
    return list(json.loads("[" + ",".join("null" if text is None else text for text in texts) + "]"))

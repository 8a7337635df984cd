"""Reading and writing ``judge_calibrations``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, fields, replace

import orjson

from evalkit.core.judge_calibration import JudgeCalibration
from evalkit.store.bulk import utc
from evalkit.store.connection import Connection

_NAMES = tuple(each.name for each in fields(JudgeCalibration))


def read_calibrations(
    connection: Connection, signatures: Sequence[str] | None = None
) -> list[JudgeCalibration]:
    """Those of these signatures, or all of them; the newest first."""
    columns = ", ".join("epoch_us(created_at) / 1e6" if name == "created_at" else name for name in _NAMES)
    rows = connection.execute(
        f"SELECT {columns} FROM judge_calibrations WHERE ?::VARCHAR[] IS NULL OR list_contains(?, signature) "
        "ORDER BY created_at DESC, rowid DESC",
        [signatures, list(signatures or ())],
    ).fetchall()
    return [JudgeCalibration(*(*row[:-1], orjson.loads(row[-1]))) for row in rows]


def write_calibrations(connection: Connection, calibrations: Sequence[JudgeCalibration]) -> None:
    """Add them, all or none (needs ``mode="write"``); earlier ones stay."""
    places = ", ".join("?" * len(_NAMES))
    connection.execute("BEGIN")
    for each in calibrations:
        values = dict(zip(_NAMES, astuple(replace(each, record={})), strict=True))
        values |= {"created_at": utc(each.created_at), "record": orjson.dumps(each.record).decode()}
        connection.execute(
            f"INSERT INTO judge_calibrations ({', '.join(_NAMES)}) VALUES ({places})", list(values.values())
        )
    connection.execute("COMMIT")

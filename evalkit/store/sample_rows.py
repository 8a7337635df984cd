"""The rows of the dataset that an evaluation asked about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from evalkit.store.connection import Connection

_ROWS = """SELECT DISTINCT r.sample_id, s.fields FROM responses r JOIN samples s USING (row_hash)
    WHERE r.evaluation_id = ? AND s.fields IS NOT NULL ORDER BY 1"""


def read(connection: Connection, evaluation_id: str) -> dict[str, Mapping[str, Any]]:
    """Sample id to its row; without those that were stored before rows were."""
    found = connection.execute(_ROWS, [evaluation_id]).fetchall()
    return {sample_id: orjson.loads(fields) for sample_id, fields in found}

"""The rows of the dataset that an evaluation asked about."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

import orjson

from evalkit.store.connection import Connection

_ROWS = """SELECT r.sample_id, s.fields FROM responses r JOIN samples s USING (row_hash)
    WHERE r.evaluation_id = ? AND s.fields IS NOT NULL"""


def read(connection: Connection, evaluation_id: str) -> dict[str, Mapping[str, Any]]:
    """Sample id to its row; without those that were stored before rows were."""
    found = connection.execute(_ROWS, [evaluation_id]).fetchnumpy()
    fields = dict(zip(found["sample_id"].tolist(), found["fields"].tolist(), strict=True))
    # Parsed in one go, and put in order here: DuckDB would hold and compare every text to do it.
    rows = zip(fields, orjson.loads(f"[{','.join(fields.values())}]"), strict=True)
    return dict(sorted(rows, key=itemgetter(0)))

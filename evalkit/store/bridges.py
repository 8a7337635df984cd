"""Reading and writing ``bridges``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, fields

from evalkit.core.bridge import Bridge
from evalkit.store.bulk import utc
from evalkit.store.connection import Connection

_NAMES = tuple(each.name for each in fields(Bridge))
#: What a bridge lies between: measured anew, it takes the place of the one before.
_BETWEEN = (
    "task", "metric", "old_model", "old_prompt", "new_model", "new_prompt", "old_signature", "new_signature",
)  # fmt: skip


def read_bridges(connection: Connection) -> list[Bridge]:
    """All of them, the oldest first."""
    columns = ", ".join("epoch_us(created_at) / 1e6" if name == "created_at" else name for name in _NAMES)
    rows = connection.execute(f"SELECT {columns} FROM bridges ORDER BY created_at, rowid").fetchall()
    return [Bridge(*row) for row in rows]


def write_bridges(connection: Connection, bridges: Sequence[Bridge]) -> None:
    """Add them, all or none, in place of those between the same two sides (needs ``mode="write"``)."""
    same = " AND ".join(f"{name} = ?" for name in _BETWEEN)
    places = ", ".join("?" * len(_NAMES))
    connection.execute("BEGIN")
    for bridge in bridges:
        connection.execute(f"DELETE FROM bridges WHERE {same}", [getattr(bridge, name) for name in _BETWEEN])
        connection.execute(
            f"INSERT INTO bridges ({', '.join(_NAMES)}) VALUES ({places})",
            [*astuple(bridge)[:-1], utc(bridge.created_at)],
        )
    connection.execute("COMMIT")

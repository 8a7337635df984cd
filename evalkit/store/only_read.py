"""Reading a store while others write it: nothing is folded, migrated or written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from evalkit.errors import StoreError
from evalkit.store.connection import Connection, connect
from evalkit.store.creation import is_store
from evalkit.store.migrate import check_version
from evalkit.store.store import Store
from evalkit.store.version import SCHEMA_VERSION

#: What does not fit into memory is an error, and no file beside the store.
_SETTINGS = MappingProxyType({"temp_directory": ""})
#: Said once the store is open, the last of them last: in one go DuckDB takes them in no order.
_SEALS = ("SET enable_external_access = false", "SET lock_configuration = true")


@contextmanager
def only_read(path: Path, *, timeout_s: float) -> Iterator[Store]:
    """The store as it stands: queries change no setting and reach no file. Writers wait until it is closed.

    Raises StoreError where there is none, or where its tables are of an older version: bringing them up would
    be writing. StoreLockedError where a writer holds it for ``timeout_s``, with the writer's process id.
    """
    if not is_store(path):
        raise StoreError("there is no store", where=str(path), hint="run pytest with --llm-model first")
    connection = connect(path, is_read_only=True, timeout_s=timeout_s, config=_SETTINGS)
    try:
        _seal(connection)
        version = check_version(connection, path)
        if version < SCHEMA_VERSION:
            raise StoreError(
                f"its tables are of version {version}, this evalkit reads {SCHEMA_VERSION}",
                where=str(path),
                hint="'evalkit runs' brings them up; nothing is lost",
            )
        yield Store(path, connection, [])
    finally:
        connection.close()


def _seal(connection: Connection) -> None:
    """Settings are of the whole file: another thread of this process may have sealed it already."""
    if connection.execute("SELECT current_setting('lock_configuration')").fetchone() == (True,):
        return
    for seal in _SEALS:
        connection.execute(seal)

"""Bringing a store to the present tables, one numbered migration after the other, each in a transaction."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import duckdb

from evalkit.errors import StoreError, StoreVersionError
from evalkit.store.connection import Connection
from evalkit.store.version import SCHEMA_VERSION

_VERSIONS = """
CREATE TABLE schema_version (version INTEGER, name VARCHAR, applied_at TIMESTAMP);
COMMENT ON TABLE schema_version IS 'Internal: the migrations that this store has seen';
COMMENT ON COLUMN schema_version.version IS 'Number of the migration';
COMMENT ON COLUMN schema_version.name IS 'File name of the migration';
COMMENT ON COLUMN schema_version.applied_at IS 'When it was applied, UTC; NULL where the store began with it';
"""


def migrations() -> list[tuple[int, str, str]]:
    """Number, file name and SQL of every migration, in order."""
    folder = files("evalkit.store.migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(int(name[:4]), name, (folder / name).read_text(encoding="utf-8")) for name in names]


def version_of(connection: Connection, path: Path) -> int:
    """The version of the tables, 0 for a new database. Raises StoreError for a database of somebody else."""
    try:  # asked first: DuckDB's own lists of tables take ten times as long
        # All of it, as DuckDB makes no table of what is asked while a result is unfinished.
        ((version,),) = connection.execute("SELECT max(version) FROM schema_version").fetchall()
    except duckdb.CatalogException:
        names = [row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        if not names:
            return 0
        raise StoreError(
            f"is a DuckDB database, but no evalkit store (it holds {', '.join(sorted(names)[:3])})",
            where=str(path),
            hint="name another file",
        ) from None
    return int(version) if version is not None else 0


def check_version(connection: Connection, path: Path) -> int:
    """The version of the tables. Raises StoreVersionError when a newer evalkit wrote them."""
    version = version_of(connection, path)
    if version > SCHEMA_VERSION:
        raise StoreVersionError(
            "was written by a newer version of evalkit "
            f"(tables version {version}, this one knows {SCHEMA_VERSION})",
            where=str(path),
            hint="pip install --upgrade pytest-evalkit, or name another file with --store / --llm-store",
        )
    return version


def migrate(connection: Connection, path: Path) -> None:
    """Apply what is missing. A process that dies half-way leaves the version before; the tables of a new
    store come all at once, which takes half the time."""
    version = check_version(connection, path)
    if version == SCHEMA_VERSION:
        return
    applied_at = datetime.fromtimestamp(time.time(), UTC).replace(tzinfo=None) if version else None
    missing = [each for each in migrations() if each[0] > version]
    for steps in [missing] if not version else [[each] for each in missing]:
        connection.execute("BEGIN")
        if not version:
            connection.execute(_VERSIONS)
        for number, name, sql in steps:
            connection.execute(sql)
            connection.execute("INSERT INTO schema_version VALUES (?, ?, ?)", [number, name, applied_at])
        connection.execute("COMMIT")

"""The file of a new store, kept where Python keeps compiled modules: making it takes a fifth of a second."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import zlib
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

import duckdb

from evalkit.store import migrations
from evalkit.store.migrate import migrations as numbered_migrations

_DIGEST_BYTES = 32


def kept_store() -> bytes | None:
    """A store without rows, as this DuckDB and these migrations make it; None where none is kept, or what is
    there is damaged."""
    try:
        kept = _path().read_bytes()
        store = zlib.decompress(kept[_DIGEST_BYTES:])
    except (OSError, zlib.error):
        return None
    return store if hashlib.sha256(store).digest() == kept[:_DIGEST_BYTES] else None


def keep_store(store: bytes) -> None:
    """For the next process. Nothing is written where Python writes no compiled modules either, nor where the
    folder takes no file."""
    if sys.dont_write_bytecode:
        return
    path = _path()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(hashlib.sha256(store).digest() + zlib.compress(store))
        os.replace(file.name, path)


def _path() -> Path:
    made_by = [duckdb.__version__, *(sql for _, _, sql in numbered_migrations())]
    stamp = hashlib.sha256("\0".join(made_by).encode()).hexdigest()[:16]
    return Path(cache_from_source(str(Path(migrations.__file__)))).with_name(f"new-store.{stamp}.duckdb.z")

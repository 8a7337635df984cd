"""Making the database file: whole or not at all, in a form that older readers open."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import duckdb

from evalkit.errors import EvalkitError, StoreError
from evalkit.store.connection import Connection, broken, connect
from evalkit.store.kept_store import keep_store, kept_store
from evalkit.store.lock import LockFile
from evalkit.store.migrate import migrate

#: The folder of the default store: what is in it is nobody's source.
DEFAULT_FOLDER = ".evalkit"

#: What DuckDB 1.x reads and writes; a file keeps the version that it was made with.
STORAGE_VERSION = "v1.0.0"

#: A DuckDB file begins with three headers; one that is shorter holds no table.
_HEADER_BYTES = 3 * 4096
_MAGIC = b"DUCK"

#: The file of a new store, once this process knows it: tables and comments take a fifth of a second.
_NEW_STORE: list[bytes] = []
_MAKING = threading.Lock()

#: Drafts of this age are of a process that was killed.
_STALE_S = 3600.0


def is_store(path: Path) -> bool:
    """Whether there is a file to open: one that was torn while it was made holds nothing and is none."""
    return path.exists() and not _is_torn(path)


def make_folder(folder: Path) -> None:
    """Make the folder of a store; that of the default store is kept out of git. Raises StoreError."""
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if is_new and folder.name == DEFAULT_FOLDER:
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"the folder cannot be made: {error.strerror}",
            where=str(folder),
            hint="name another store with --store / --llm-store",
        ) from None


def create(path: Path, timeout_s: float) -> None:
    """Make the store beside its place and move it there: a process that dies on the way leaves no half store.

    Where another process was first, its store stays. Raises StoreError where the disk does not take it.
    """
    try:
        _sweep_drafts(path)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=_prefix(path)) as folder:
            draft = Path(folder) / path.name
            _write_draft(draft, path, timeout_s)
            _move(draft, path)
    except (duckdb.Error, OSError) as error:
        raise broken(path, error) from None


def make_ahead() -> None:
    """Make the file of a new store for ``create``, in a thread of the caller's: DuckDB works while Python
    imports modules. What fails here is done again by ``create``, whose errors name the place."""
    with _MAKING, suppress(duckdb.Error, EvalkitError, OSError):
        if not _is_known():
            with tempfile.TemporaryDirectory(prefix="evalkit-") as folder:
                draft = Path(folder) / "results.duckdb"
                _make(draft, draft, timeout_s=0.0)


def new_in_memory() -> Connection:
    """A store without rows in memory: to copy the file of a new one takes an eighth of making its tables."""
    make_ahead()
    with suppress(duckdb.Error, OSError):
        if _is_known():
            return _copied(_NEW_STORE[0])
    connection = duckdb.connect(":memory:")
    migrate(connection, Path(":memory:"))
    return connection


def _copied(store: bytes) -> Connection:
    connection = duckdb.connect(":memory:")
    with tempfile.TemporaryDirectory(prefix="evalkit-") as folder:
        file = Path(folder) / "new.duckdb"
        file.write_bytes(store)
        quoted = str(file).replace("'", "''")
        connection.execute(f"ATTACH '{quoted}' AS new_store (READ_ONLY)")
        connection.execute("COPY FROM DATABASE new_store TO memory")
        connection.execute("DETACH new_store")
    return connection


def _write_draft(draft: Path, path: Path, timeout_s: float) -> None:
    with _MAKING:
        if not _is_known():
            _make(draft, path, timeout_s)
            return
    with draft.open("wb") as file:
        file.write(_NEW_STORE[0])
        file.flush()
        os.fsync(file.fileno())


def _is_known() -> bool:
    """Whether the file of a new store is at hand: this process made one, or an earlier one kept it."""
    if not _NEW_STORE and (kept := kept_store()) is not None:
        _NEW_STORE.append(kept)
    return bool(_NEW_STORE)


def _make(draft: Path, path: Path, timeout_s: float) -> None:
    connection = connect(draft, is_read_only=False, timeout_s=timeout_s, config=_storage())
    try:
        migrate(connection, path)
    finally:
        connection.close()
    _NEW_STORE.append(draft.read_bytes())
    keep_store(_NEW_STORE[0])


def _storage() -> dict[str, str]:
    """Before 2.0 DuckDB wrote this form by itself, and some versions know no name for it."""
    is_newer = int(duckdb.__version__.split(".")[0]) >= 2
    return {"storage_compatibility_version": STORAGE_VERSION} if is_newer else {}


def _move(draft: Path, path: Path) -> None:
    if path.exists():
        _replace_torn(draft, path)
        return
    try:
        os.link(draft, path)  # unlike a rename it never takes the place of a store that came meanwhile
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        if not path.exists():
            draft.rename(path)


def _replace_torn(draft: Path, path: Path) -> None:
    lock = LockFile(path.with_name(f"{_prefix(path)}lock"))
    lock.acquire()
    try:
        if not path.exists() or _is_torn(path):
            draft.replace(path)
    finally:
        lock.path.unlink(missing_ok=True)
        lock.release()


def _is_torn(path: Path) -> bool:
    """Whether the file is the beginning of a database that was never finished: at most part of a header."""
    try:
        if not path.is_file() or path.stat().st_size >= _HEADER_BYTES or Path(f"{path}.wal").exists():
            return False
        head = path.read_bytes()
    except OSError:
        return False
    return head[8:12] == _MAGIC or not head.strip(b"\x00")


def _prefix(path: Path) -> str:
    return f".{path.name}.new-"


def _sweep_drafts(path: Path) -> None:
    for folder in path.parent.glob(f"{_prefix(path)}*"):
        with suppress(OSError):
            if folder.is_dir() and time.time() - folder.stat().st_mtime > _STALE_S:
                shutil.rmtree(folder, ignore_errors=True)

"""Carrying spools into the store, exactly once, whoever died when.

How far a spool file has been read is kept in the store, in the same transaction as its rows: a process that
is killed between the commit and the removal of the file repeats nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import duckdb

from evalkit.core.plain_name import is_plain_name
from evalkit.errors import StoreError
from evalkit.store.bulk import Table, tables_of
from evalkit.store.connection import Connection
from evalkit.store.lock import LockFile
from evalkit.store.losses import note_losses
from evalkit.store.spool_file import SPOOLED, FoldReport, SpoolFile


def has_spools(root: Path) -> bool:
    """Whether any run beside the store still has a spool."""
    return root.is_dir() and any(entry.is_dir() for entry in root.iterdir())


def fold_spools(connection: Connection, root: Path) -> FoldReport:
    """Carry over every whole line of every spool under ``root``, and sweep away the spools of ended runs.

    Nothing that stands in a spool stops it: a row that cannot be stored is put aside and told. Raises
    StoreError where the machine cannot go on: no space, no memory, a database that is broken.
    """
    report = FoldReport()
    with _told(root):
        folders, _ = _named(root, report, lambda entry: entry.is_dir())
        connection.execute(
            "DELETE FROM spool_offsets WHERE NOT list_contains(?::VARCHAR[], run_id)",
            [[folder.name for folder in folders]],
        )
        tables = tables_of(connection, SPOOLED if folders else ())
        for folder in folders:
            _fold_run(connection, tables, folder, report)
    note_losses([loss.text for loss in report.losses])
    return report


def _named(
    folder: Path, report: FoldReport, is_wanted: Callable[[Path], bool]
) -> tuple[list[Path], list[Path]]:
    """What is in a folder, in order, and then what no process of ours has named: left alone, and told."""
    found = sorted(filter(is_wanted, folder.iterdir())) if folder.is_dir() else []
    strange = [entry for entry in found if not is_plain_name(entry.name)]
    for entry in strange:
        shown = entry.name.encode("utf-8", "backslashreplace").decode()
        report.notes.append(f"{folder}: {shown!r} is not a spool of ours and stays where it is")
    return [entry for entry in found if entry not in strange], strange


@contextmanager
def _told(where: Path) -> Iterator[None]:
    """What stops a fold, as one error: the next fold goes on from there."""
    try:
        yield
    except (duckdb.Error, OSError, MemoryError) as error:
        line = getattr(error, "strerror", None) or next(iter(str(error).splitlines()), type(error).__name__)
        raise StoreError(
            f"cannot be folded into the store: {line}",
            where=str(where),
            hint="free some space and run any evalkit command; the results are kept until then",
        ) from None


def _fold_run(connection: Connection, tables: dict[str, Table], folder: Path, report: FoldReport) -> None:
    with ExitStack() as stack:
        # The lock of a dead process is ours until its file is gone: nobody starts to write to it meanwhile.
        ours = set()
        for path in sorted(folder.glob("*.lock")):
            lock = LockFile(path)
            if path.is_file() and lock.try_acquire():
                stack.callback(lock.release)
                ours.add(path)
        paths, strange = _named(folder, report, _is_spool)
        is_whole = not strange
        for path in paths:
            is_whole &= SpoolFile(connection, tables, path, report).fold()
        # Looked at again: a process that has begun meanwhile made its lock before all else.
        if is_whole and ours.issuperset(folder.glob("*.lock")):
            if _mark_crashed(connection, folder.name):
                report.crashed.append(folder.name)
            _sweep(folder, ours)
            if not folder.exists():  # one of that name that comes later is read from its start
                connection.execute("DELETE FROM spool_offsets WHERE run_id = ?", [folder.name])


def _is_spool(entry: Path) -> bool:
    return entry.suffix == ".jsonl" and entry.is_file()


def _sweep(folder: Path, ours: set[Path]) -> None:
    """Remove an ended run's folder, but nothing of a process that begins to write in it just now."""
    for path in list(folder.iterdir()):
        lock = path.with_suffix(".lock")
        if lock in ours or not lock.exists():
            with suppress(OSError):
                path.unlink()
    with suppress(OSError):  # somebody is in it
        folder.rmdir()


def _mark_crashed(connection: Connection, run_id: str) -> bool:
    """Whether a run whose processes are all gone never said how it ended."""
    row = connection.execute(
        "UPDATE runs SET status = 'crashed' WHERE run_id = ? AND status = 'running' RETURNING run_id",
        [run_id],
    ).fetchone()
    connection.execute(
        """UPDATE evaluations SET status = 'interrupted', n_errors = (
               SELECT count(*) FROM (
                   SELECT sample_id, repeat FROM responses
                   WHERE evaluation_id = evaluations.evaluation_id AND error IS NOT NULL
                   UNION
                   SELECT sample_id, repeat FROM scores
                   WHERE evaluation_id = evaluations.evaluation_id AND error IS NOT NULL))
           WHERE run_id = ? AND status = 'running'""",
        [run_id],
    )
    return row is not None

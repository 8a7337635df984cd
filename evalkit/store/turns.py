"""Who of one process writes into a store: one thread at a time.

DuckDB keeps other processes out, not other threads: two connections of one process share the database, and
both would fold the same spools.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evalkit.store.connection import Connection, connect, locked_here


@dataclass
class _Turn:
    """``owner`` is the thread that writes, ``depth`` how many stores it has open."""

    owner: int | None = None
    depth: int = 0


class WritersTurn:
    """The right to write into the store at ``path``, for the thread that took it."""

    _changed = threading.Condition()
    _turns: dict[Path, _Turn] = {}  # noqa: RUF012 - one for the process

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self._is_held = False

    def take(self, timeout_s: float) -> bool:
        """Wait for it up to ``timeout_s``; a thread that has it already gets it again."""
        me = threading.get_ident()
        with self._changed:
            turn = self._turns.setdefault(self._path, _Turn())
            if not self._changed.wait_for(lambda: turn.owner in (None, me), timeout_s):
                return False
            turn.owner, turn.depth, self._is_held = me, turn.depth + 1, True
            return True

    def give_back(self) -> None:
        """Let the next one write; safe to call twice, from any thread."""
        with self._changed:
            if not self._is_held:
                return
            self._is_held = False
            turn = self._turns[self._path]
            turn.depth -= 1
            if turn.depth == 0:
                turn.owner = None
                self._changed.notify_all()


def open_writer(
    path: Path, timeout_s: float, prepare: Callable[[Connection], None]
) -> tuple[Connection, WritersTurn]:
    """A connection that writes, prepared, and the turn to give back when it is closed.

    Raises StoreLockedError where another thread or process has it longer than ``timeout_s``.
    """
    turn = WritersTurn(path)
    if not turn.take(timeout_s):
        raise locked_here(path, timeout_s)
    try:
        connection = connect(path, is_read_only=False, timeout_s=timeout_s)
        try:
            prepare(connection)
        except BaseException:
            connection.close()
            raise
    except BaseException:
        turn.give_back()
        raise
    return connection, turn

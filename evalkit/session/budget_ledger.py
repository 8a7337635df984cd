"""A budget that the processes of a session share, in a file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from evalkit.core.budget import Amount
from evalkit.runner.budget.ledger import Account
from evalkit.store.lock import LockFile


class SharedLedger:
    """Whoever has it open holds a lock, which the operating system frees with its holder.

    What a process that died had set aside stays so: its calls may have been paid for.
    """

    is_shared = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = LockFile(path.with_suffix(".lock"))
        self._thread = threading.Lock()

    @contextmanager
    def opened(self) -> Iterator[Account]:
        """The Account as the last process left it."""
        with self._thread:
            self._lock.acquire()
            try:
                before = self._read()
                account = _account(before)
                yield account
                after = asdict(account)
                if after != before:
                    self._write(after)
            finally:
                self._lock.release()

    def _read(self) -> dict[str, Any]:
        try:
            values: dict[str, Any] = orjson.loads(self._path.read_bytes())
        except FileNotFoundError:
            return asdict(Account())
        return values

    def _write(self, values: dict[str, Any]) -> None:
        partial = self._path.with_suffix(".new")
        partial.write_bytes(orjson.dumps(values))
        partial.replace(self._path)


def _account(values: dict[str, Any]) -> Account:
    return Account(
        Amount(**values["spent"]), Amount(**values["reserved"]), values["spent_by"], values["n_assumed"]
    )

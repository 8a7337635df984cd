"""What a session or command of these drives has inside it: a shorter wait, and a moment at which it dies."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from collections.abc import Mapping
from importlib import import_module
from typing import Any

#: The variable that says it, as JSON.
VARIABLE = "EVALKIT_LAWS_INSIDE"
#: Where a session that asks by batch may die, at one of the calls of a function.
DEATHS: Mapping[str, str] = {
    "plan": "evalkit.session.batches.folder:BatchFolder.write",
    "forget": "evalkit.session.batches.folder:BatchFolder.remove",
    "keep": "evalkit.cache.cache:ResponseCache.put",
}
#: Seconds for which a batch that may have arrived is looked for; a vendor on loopback lists it at once.
SETTLED_S = 1.0


def told(death: tuple[str, int] | None = None) -> dict[str, str]:
    """The environment of a session that dies at a call of one of ``DEATHS``, or at an SQL statement of an
    ``import``."""
    return {VARIABLE: json.dumps(death)}


def prepare(text: str) -> None:
    """In the process of the session."""
    import_module("evalkit.session.batches.desk").SETTLED_S = SETTLED_S  # type: ignore[attr-defined]
    death = json.loads(text)
    if death is None:
        return
    place, n = death
    if place == "import":
        _die_at_statement(n)
    else:
        _die_at_call(DEATHS[place], n)


class _Count:
    def __init__(self, n: int) -> None:
        self._left = n

    def down(self, *_: object) -> None:
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)


def _die_at_call(place: str, n: int) -> None:
    module, _, path = place.partition(":")
    owner, _, name = path.partition(".")
    target: Any = getattr(import_module(module), owner)
    function, count = getattr(target, name), _Count(n)

    def dying(*args: Any, **options: Any) -> Any:
        count.down()
        return function(*args, **options)

    setattr(target, name, dying)


def _die_at_statement(n: int) -> None:
    merge: Any = import_module("evalkit.cache.merge")
    open_file, count = merge.open_file, _Count(n)

    def opened(*args: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = open_file(*args, **options)
        connection.set_trace_callback(count.down)
        return connection

    merge.open_file = opened

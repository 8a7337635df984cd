"""How one test item ended, and the board on which outcomes are put up and waited for."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from evalkit.core.text import inert
from evalkit.core.verdict import Outcome as Word


@dataclass(frozen=True)
class Outcome:
    """What a test item reports.

    Attributes:
        verdict: ``pass``, ``fail``, ``undecided`` or ``error``.
        detail: what people read: numbers, interval, what was seen, what to do.
        is_quarantined: whether the failure is one that was expected, so that the item is xfailed.
        properties: for JUnit: names and values.
    """

    verdict: Word
    detail: str
    is_quarantined: bool = False
    properties: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What a model says in it reaches terminals, logs of CI hosts, JUnit files and other processes."""
        object.__setattr__(self, "detail", inert(self.detail))
        shown = {
            name: inert(each) if isinstance(each, str) else each for name, each in self.properties.items()
        }
        object.__setattr__(self, "properties", shown)


class Board:
    """Outcomes by node id. With a ``path``, they are shared between processes through a file.

    The process that evaluates publishes; the others follow the file. Whole lines only are read and each is
    begun anew, so a publisher that dies in the middle of one harms nobody, nor who takes over from it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._offset = 0
        self._outcomes: dict[str, Outcome] = {}
        self._changed = threading.Condition()

    def publish(self, node_id: str, outcome: Outcome) -> None:
        """Put an outcome up; the first one for a node stays."""
        with self._changed:
            if node_id in self._outcomes:
                return
            self._outcomes[node_id] = outcome
            self._changed.notify_all()
        if self._path is not None:
            with self._path.open("ab") as file:
                file.write(b"\n" + orjson.dumps([node_id, asdict(outcome)]) + b"\n")

    def get(self, node_id: str, timeout_s: float) -> Outcome | None:
        """The outcome, waiting up to ``timeout_s`` for it."""
        with self._changed:
            self._follow()
            if node_id not in self._outcomes and timeout_s > 0:
                self._changed.wait(timeout_s)
                self._follow()
            return self._outcomes.get(node_id)

    def __contains__(self, node_id: str) -> bool:
        return self.get(node_id, 0) is not None

    def _follow(self) -> None:
        if self._path is None or not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._offset += len(line)
                with suppress(orjson.JSONDecodeError):  # An empty line, or half a one.
                    node_id, values = orjson.loads(line)
                    self._outcomes.setdefault(node_id, Outcome(**values))

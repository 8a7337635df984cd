"""How one test item ended, and the board on which outcomes are put up and waited for."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import asdict, field
from pathlib import Path
from typing import Any, get_args

import orjson

from evalkit.core.frozen import frozen
from evalkit.core.text import inert
from evalkit.core.verdict import Word

#: Exit status of a session that left requests in batches which the same command collects later: EX_TEMPFAIL
#: of sysexits.h, "the user is invited to retry". None of pytest's own.
PENDING = 75


@frozen
class ItemOutcome:
    """What a test item reports.

    Attributes:
        verdict: ``pass``, ``recorded``, ``undecided``, ``fail`` or ``error``.
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


#: From the harmless to the worst.
_BADNESS: tuple[Word, ...] = get_args(Word)


class Board:
    """Outcomes by ``ItemSpec.outcome_id``. With a ``path``, they are shared between processes through a file.

    The process that evaluates publishes; the others follow the file. Whole lines only are read and each is
    begun anew, so a publisher that dies in the middle of one harms nobody, nor who takes over from it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._offset = 0
        self._outcomes: dict[str, ItemOutcome] = {}
        self._handed_out: set[str] = set()
        self._changed = threading.Condition()
        self._contradictions: list[str] = []

    def publish(self, outcome_id: str, outcome: ItemOutcome) -> None:
        """Put an outcome up. The first one stays, unless a later one is worse: none is lost."""
        with self._changed:
            if not self._put(outcome_id, outcome):
                return
            self._changed.notify_all()
        if self._path is not None:
            with self._path.open("ab") as file:
                file.write(b"\n" + orjson.dumps([outcome_id, asdict(outcome)]) + b"\n")

    def get(self, outcome_id: str, timeout_s: float) -> ItemOutcome | None:
        """The outcome, waiting up to ``timeout_s`` for it."""
        with self._changed:
            self._follow()
            if outcome_id not in self._outcomes and timeout_s > 0:
                self._changed.wait(timeout_s)
                self._follow()
            if outcome_id in self._outcomes:
                self._handed_out.add(outcome_id)
            return self._outcomes.get(outcome_id)

    def __contains__(self, outcome_id: str) -> bool:
        with self._changed:
            self._follow()
            return outcome_id in self._outcomes

    def contradictions(self) -> list[str]:
        """What was put up after a better outcome of the same item had been handed out."""
        with self._changed:
            self._follow()
            return list(self._contradictions)

    def _put(self, outcome_id: str, outcome: ItemOutcome) -> bool:
        """Whether this is what is now up."""
        first = self._outcomes.setdefault(outcome_id, outcome)
        if _BADNESS.index(outcome.verdict) <= _BADNESS.index(first.verdict):
            return first is outcome
        self._outcomes[outcome_id] = outcome
        if outcome_id in self._handed_out:
            self._contradictions.append(
                f"{outcome_id} was reported as {first.verdict}, and is {outcome.verdict}: {outcome.detail}"
            )
        return True

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
                    outcome_id, values = orjson.loads(line)
                    self._put(outcome_id, ItemOutcome(**values))

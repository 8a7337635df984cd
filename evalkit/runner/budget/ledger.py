"""Where a budget is written down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from evalkit.core.budget import NOTHING, Amount, LimitName


@dataclass(slots=True)
class Account:
    """How a budget stands.

    Attributes:
        spent: what was used.
        reserved: what calls in flight, and those that are about to be made, may use at most.
        spent_by: the limit that ended the asking, None while there is room.
        n_assumed: answers that were counted at what was reserved for them.
    """

    spent: Amount = NOTHING
    reserved: Amount = NOTHING
    spent_by: LimitName | None = None
    n_assumed: int = 0


class Ledger(Protocol):
    """Holds one Account. Whoever has it open is alone with it.

    Attributes:
        is_shared: whether other processes write in it too.
    """

    is_shared: bool

    def opened(self) -> AbstractContextManager[Account]:
        """The Account; what is changed in it is kept when the block ends."""
        ...


class OwnLedger:
    """In the memory of a process that asks alone."""

    is_shared = False

    def __init__(self) -> None:
        self._account = Account()

    @contextmanager
    def opened(self) -> Iterator[Account]:
        """The Account itself."""
        yield self._account

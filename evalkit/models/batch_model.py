"""What a Model offers whose vendor takes requests in batches: handed in together, answered within a day or
so, at a lower price."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.errors import ModelError

#: What finds a batch at its vendor again: JSON, without secrets, that outlives the process.
Handle = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """What one batch may hold: requests, and bytes of all of them together."""

    n_items: int
    n_bytes: int


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """A batch that is to be handed in, or was when its process died.

    Attributes:
        label: names the batch, here and at a vendor that keeps names: up to 64 letters, digits and ``-``.
        n_items: requests in it.
        planned_at: seconds since the epoch; it was handed in later, if at all.
    """

    label: str
    n_items: int
    planned_at: float


@dataclass(frozen=True, slots=True)
class BatchStatus:
    """How a batch stands.

    Attributes:
        word: the vendor's own word for it.
        is_ended: nothing more will come; what it has may be collected, which can be nothing.
        n_done: requests that were worked off, as far as the vendor says so.
        failure: why requests have no answer that have none in the end; None while that is unknown.
        is_queue_full: it was not begun, as others have to end first; handed in later it may be taken.
    """

    word: str
    is_ended: bool
    n_done: int = 0
    failure: str | None = None
    is_queue_full: bool = False


class Batches(Protocol):
    """The batch endpoint of one Model. All that talk raise ModelError as ``Model.respond`` does.

    Attributes:
        limits: of one batch.
    """

    limits: BatchLimits

    def item(self, custom_id: str, request: Request) -> bytes:
        """One request as a batch holds it; ``custom_id`` are up to 64 letters and digits. Raises ModelError
        on one that cannot be asked by batch."""
        ...

    async def submit(self, plan: BatchPlan, items: Sequence[bytes]) -> Handle:
        """Hand in a batch. One that was handed in twice would be paid for twice: where an error leaves it
        open whether it arrived, ``find`` is asked before this is called again."""
        ...

    async def find(self, plan: BatchPlan) -> Sequence[Handle]:
        """Batches at the vendor that may be the planned one, the likeliest first; mostly one or none."""
        ...

    async def poll(self, handle: Handle) -> BatchStatus:
        """How it stands now."""
        ...

    def collect(self, handle: Handle) -> AsyncIterator[tuple[str, Response | ModelError]]:
        """Answers and failures of a batch that has ended, by ``custom_id``, in any order. May be called
        again: nothing is taken away."""
        ...


@runtime_checkable
class BatchModel(Protocol):
    """A Model that can also be asked by batch."""

    def open_batches(self) -> Batches:
        """Its batch endpoint; talks to nobody yet. Raises UsageError where it has none as it was opened."""
        ...

"""What is known of batches that are under way: a file for each in a folder beside the store.

``<store>.batches/<label>.json``. A file is there, and on the disk, before its batch is handed in, and stays
until every answer of it was kept: whoever dies in between leaves it to the next session. Nothing of a request
or an answer is in it, and no secret.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import orjson

from evalkit.errors import StoreError
from evalkit.models.batch_model import BatchPlan, Handle
from evalkit.store.lock import LockFile

#: Raised when files change their meaning.
FORMAT = 1

_LOCK_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Timing:
    """The clock of the lane, for tests: seconds since the epoch, and how to wait."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch whose answers have not all been kept.

    Attributes:
        label: its name, here and at the vendor.
        model: the spec that it was asked for, for people.
        identity: which Model it is of: answers of another one are never taken for its own.
        left: the ids of requests whose answers were not kept yet.
        n_items: requests that were handed in.
        planned_at: seconds since the epoch.
        handle: what the vendor calls it; None until that is known.
        order_seed: what ordered the samples of the session (``evaluations.order_seed``), if anything did.
    """

    label: str
    model: str
    identity: str
    left: tuple[str, ...]
    n_items: int
    planned_at: float
    handle: Handle | None = None
    order_seed: str | None = None

    @property
    def plan(self) -> BatchPlan:
        return BatchPlan(self.label, self.n_items, self.planned_at)

    def without(self, done: frozenset[str]) -> OpenBatch:
        """With what is left after these answers were kept."""
        return replace(self, left=tuple(each for each in self.left if each not in done))


class BatchFolder:
    """The open batches of a store. Read and written while ``alone``."""

    def __init__(self, store: Path, timing: Timing | None = None) -> None:
        self.path = store.with_name(store.name + ".batches")
        self._timing = timing or Timing()

    @asynccontextmanager
    async def alone(self, on_wait: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
        """Wait until no other session hands in, or looks for, batches of this store.

        Args:
            on_wait: called when another one does.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = LockFile(self.path / "lock")
            while not lock.try_acquire():
                on_wait()
                await self._timing.sleep(_LOCK_POLL_S)
        except OSError as error:
            raise self._unusable(error) from None
        try:
            yield
        finally:
            lock.release()

    def try_alone(self) -> LockFile | None:
        """The lock, if no other session has it; who gets it releases it."""
        lock = LockFile(self.path / "lock")
        try:
            return lock if lock.try_acquire() else None
        except OSError:
            return None

    def read(self, identity: str | None = None) -> list[OpenBatch]:
        """Those of one Model, or all, the oldest first. Raises StoreError on a file that cannot be read: it
        may stand for a batch that is paid for."""
        try:
            found = [_read(path) for path in sorted(self.path.glob("*.json"))]
        except OSError as error:
            raise self._unusable(error) from None
        mine = [each for each in found if each is not None and identity in (None, each.identity)]
        return sorted(mine, key=lambda each: each.planned_at)

    def write(self, batch: OpenBatch) -> None:
        """Keep it as it stands; it is on the disk when this returns. Raises StoreError."""
        path = self._path(batch.label)
        partial = path.with_suffix(".new")
        try:
            with partial.open("wb") as file:
                file.write(orjson.dumps({"format": FORMAT, **asdict(batch)}))
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
            self._sync()
        except OSError as error:
            raise self._unusable(error) from None

    def remove(self, batch: OpenBatch) -> None:
        """All of it was kept."""
        self._path(batch.label).unlink(missing_ok=True)

    def order_seed(self) -> str | None:
        """The order that open batches were asked in, if any were in one: who collects them asks in it too."""
        return next((each.order_seed for each in self.read() if each.order_seed is not None), None)

    def _path(self, label: str) -> Path:
        return self.path / f"{label}.json"

    def _sync(self) -> None:
        """The names of files are on the disk too; Windows opens no folders."""
        with contextlib.suppress(OSError):
            fd = os.open(self.path, os.O_RDONLY)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)

    def _unusable(self, error: OSError) -> StoreError:
        return StoreError(
            f"cannot keep what is known of batches here: {error.strerror}",
            where=str(self.path),
            hint="make the folder writable; nothing is submitted before its batch is recorded",
        )


def _read(path: Path) -> OpenBatch | None:
    """None where it was removed meanwhile."""
    try:
        values = orjson.loads(path.read_bytes())
        if values.pop("format") != FORMAT:
            raise StoreError(
                "was written by another version of evalkit",
                where=str(path),
                hint="collect the batch with that version",
            )
        return OpenBatch(**{**values, "left": tuple(values["left"])})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        hint = "it stands for a batch that may be paid for: look for it at the vendor, then delete the file"
        raise StoreError(f"this is not the state of a batch: {error}", where=str(path), hint=hint) from None


def cut_up(items: dict[str, bytes], n_items: int, n_bytes: int) -> Iterator[dict[str, bytes]]:
    """Parts in the order given, none with more than ``n_items`` or, with more than one, ``n_bytes``."""
    part: dict[str, bytes] = {}
    size = 0
    for custom_id, item in items.items():
        if part and (len(part) == n_items or size + len(item) + 1 > n_bytes):
            yield part
            part, size = {}, 0
        part[custom_id] = item
        size += len(item) + 1
    if part:
        yield part

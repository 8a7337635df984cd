"""The batches of one Model: handed in, found again, waited for, collected."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.text import plural
from evalkit.errors import ModelError
from evalkit.models.batch_model import Batches, BatchStatus, Handle
from evalkit.session.batches.folder import BatchFolder, OpenBatch, Timing, cut_up

#: After so many seconds a batch that was handed in stands in the vendor's list, or never arrived.
SETTLED_S = 60.0
#: Seconds between two looks at the vendor: the first, the last, and how they grow.
FIRST_WAIT_S, LAST_WAIT_S, GROWTH = 1.0, 60.0, 1.5
#: Looks in a row that may fail before the session gives up waiting; times a batch is handed in.
MOST_FAILED_LOOKS, MOST_ATTEMPTS = 30, 6


class _OutOfReachError(Exception):
    """Batches may be under way, and the vendor cannot be asked how they stand."""


@dataclass(frozen=True, slots=True)
class BatchRules:
    """How a session treats batches.

    Attributes:
        is_waiting: wait until batches have ended; else leave those that have not to a later session.
        order_seed: what orders the samples of the session, kept with each batch.
    """

    is_waiting: bool
    order_seed: str | None = None


class BatchDesk:
    """Used in the runner's loop.

    Args:
        identity: names the Model in the folder.
        model: its spec, for people.

    Attributes:
        answers: by id, what has been collected.
        open: batches that this session knows of and that have not ended, with how many requests are done.
        kept: ids in batches that cannot be collected here, which are to be remembered all the same.
        unreachable: why the vendor could not be asked, None where it could.
    """

    def __init__(
        self,
        identity: str,
        model: str,
        batches: Batches,
        folder: BatchFolder,
        rules: BatchRules,
        timing: Timing,
    ) -> None:
        self._identity = identity
        self._model = model
        self._batches = batches
        self._folder = folder
        self._rules = rules
        self._timing = timing
        self.answers: dict[str, Response | ModelError] = {}
        self.open: dict[str, tuple[OpenBatch, int]] = {}
        self.kept: set[str] = set()
        self.unreachable: str | None = None

    async def fetch(self, wanted: Mapping[str, Request], on_wait: Callable[[], None]) -> bool:
        """Hand in what is in no batch yet, and collect what has ended; whether everything is there. Where the
        vendor cannot be asked nothing is handed in, as it may be there already.

        Raises StoreError where the folder cannot be used.
        """
        try:
            mine = await self._under_way(wanted, on_wait)
            self.open = {batch.label: (batch, 0) for batch in mine}
            ends = await _all_of([self._finish(batch, wanted) for batch in mine])
        except _OutOfReachError as error:
            self.unreachable = str(error)
            return False
        return all(ends)

    async def _under_way(self, wanted: Mapping[str, Request], on_wait: Callable[[], None]) -> list[OpenBatch]:
        """The batches that hold what is wanted, once all of it is in one."""
        async with self._folder.alone(on_wait):
            found = await self._recovered()
            known = {each for batch in found for each in batch.left}
            items = self._items((key, wanted[key]) for key in wanted if key not in known)
            limits = self._batches.limits
            for part in cut_up(items, limits.n_items, limits.n_bytes):
                batch = await self._hand_in(part)
                found += [batch] if batch is not None else []
        return [batch for batch in found if not wanted.keys().isdisjoint(batch.left)]

    def _items(self, requests: Iterable[tuple[str, Request]]) -> dict[str, bytes]:
        items: dict[str, bytes] = {}
        for custom_id, request in requests:
            try:
                items[custom_id] = self._batches.item(custom_id, request)
            except ModelError as error:
                self.answers[custom_id] = error
        return items

    async def _recovered(self) -> list[OpenBatch]:
        """The open batches of the Model. One without a handle was about to be handed in when its process
        died: it is looked for, and forgotten where it never arrived."""
        found = []
        for batch in self._folder.read(self._identity):
            if batch.handle is not None:
                found.append(batch)
                continue
            handle = await self._look_for(batch, batch.planned_at)
            if handle is None:
                self._folder.remove(batch)
            else:
                found.append(self._noted(batch, handle))
        return found

    def _noted(self, batch: OpenBatch, handle: Handle) -> OpenBatch:
        batch = replace(batch, handle=handle)
        self._folder.write(batch)
        return batch

    async def _hand_in(self, items: Mapping[str, bytes]) -> OpenBatch | None:
        """Written down before and after; None where the vendor did not take it."""
        label, now = secrets.token_hex(16), self._timing.now()
        batch = OpenBatch(
            label, self._model, self._identity, tuple(items), len(items), now,
            order_seed=self._rules.order_seed,
        )  # fmt: skip
        self._folder.write(batch)
        self.open[label] = (batch, 0)
        try:
            handle = await self._submitted(batch, list(items.values()))
        except ModelError as error:
            del self.open[label]
            self._folder.remove(batch)
            self.answers.update(dict.fromkeys(items, error))
            return None
        return self._noted(batch, handle)

    async def _submitted(self, batch: OpenBatch, items: Sequence[bytes]) -> Handle:
        for n_failed in range(1, MOST_ATTEMPTS + 1):
            try:
                return await self._batches.submit(batch.plan, items)
            except ModelError as error:
                # Refused, or sent to nobody: it did not arrive. Else it may have.
                is_open = error.is_retryable and error.kind in ("late", "broken")
                handle = await self._look_for(batch, self._timing.now()) if is_open else None
                if handle is not None:
                    return handle
                if not error.is_retryable or n_failed == MOST_ATTEMPTS:
                    raise
                await self._timing.sleep(max(_wait_s(n_failed), error.retry_after_s or 0.0))
        raise AssertionError("the last attempt raises")

    async def _look_for(self, batch: OpenBatch, handed_in_at: float) -> Handle | None:
        """The batch at the vendor; None once it would stand in its list and does not."""
        n_looks = 0
        while True:
            is_last = self._timing.now() >= handed_in_at + SETTLED_S
            held = [each.handle for each in self._folder.read(self._identity)]
            for handle in await self._candidates(batch):
                if handle not in held:
                    return handle
            if is_last:
                return None
            n_looks += 1
            await self._timing.sleep(_wait_s(n_looks))

    async def _candidates(self, batch: OpenBatch) -> Sequence[Handle]:
        for n_failed in range(1, MOST_ATTEMPTS + 1):
            try:
                return await self._batches.find(batch.plan)
            except ModelError as error:
                if n_failed == MOST_ATTEMPTS or not error.is_retryable:
                    raise _OutOfReachError(str(error)) from None
                await self._timing.sleep(_wait_s(n_failed))
        raise AssertionError("the last attempt raises")

    async def _finish(self, batch: OpenBatch, wanted: Mapping[str, Request]) -> bool:
        """Wait for the end, and collect; False where it is not waited for."""
        n_looks = n_failed = 0
        while True:
            try:
                status = await self._look_at(batch)
                if status.is_queue_full:
                    again = await self._handed_in_again(batch, wanted)
                    if again is None:
                        return True
                    batch = again
                elif status.is_ended:
                    await self._collect(batch, status, wanted.keys())
                    return True
                n_failed = 0
            except ModelError as error:
                n_failed += 1
                if not error.is_retryable:
                    self._give_up(batch, wanted.keys(), error)
                    return True
                if n_failed == MOST_FAILED_LOOKS:
                    raise _OutOfReachError(str(error)) from None
            if not self._rules.is_waiting and not n_failed:
                return False
            n_looks += 1
            await self._timing.sleep(_wait_s(n_looks))

    async def _look_at(self, batch: OpenBatch) -> BatchStatus:
        assert batch.handle is not None
        status = await self._batches.poll(batch.handle)
        self.open[batch.label] = (batch, min(status.n_done, batch.n_items))
        return status

    async def _handed_in_again(self, batch: OpenBatch, wanted: Mapping[str, Request]) -> OpenBatch | None:
        """A new batch of its requests, unless another session has handed in one meanwhile."""
        async with self._folder.alone():
            there = self._folder.read(self._identity)
            again = next((each for each in there if not set(each.left).isdisjoint(batch.left)), None)
            if again is not None and again.label == batch.label:
                self._folder.remove(batch)
                again = await self._hand_in(
                    self._items((key, wanted[key]) for key in batch.left if key in wanted)
                )
        del self.open[batch.label]
        if again is not None:
            self.open[again.label] = (again, 0)
        return again

    async def _collect(self, batch: OpenBatch, status: BatchStatus, wanted: Collection[str]) -> None:
        assert batch.handle is not None
        # Of a collecting that breaks nothing is lost: it begins anew.
        left = set(batch.left).intersection(wanted)
        async for custom_id, outcome in self._batches.collect(batch.handle):
            if custom_id in left:
                left.remove(custom_id)
                self.answers[custom_id] = self._by_batch(outcome)
        left.difference_update(self.answers)  # those of a collecting that broke
        failure = status.failure or f"the batch ended ({status.word}) without an answer to this request"
        self.answers.update(dict.fromkeys(left, ModelError(failure)))
        del self.open[batch.label]

    def _by_batch(self, outcome: Response | ModelError) -> Response | ModelError:
        if isinstance(outcome, ModelError):
            return outcome
        return replace(outcome, is_batched=True, latency_s=None, ttft_s=None, queue_s=None)

    def _give_up(self, batch: OpenBatch, wanted: Collection[str], error: ModelError) -> None:
        """The vendor does not know the batch, or not for this key: what is known of it is kept."""
        path = self._folder.path / f"{batch.label}.json"
        failure = ModelError(
            f"batch {batch.label} of {plural(batch.n_items, 'request')} cannot be collected: {error.what}",
            hint=f"use the key that it was submitted with, or delete {path} to ask again",
        )
        self.kept.update(batch.left)
        self.answers.update({each: failure for each in batch.left if each in wanted})
        self.open.pop(batch.label, None)


async def _all_of(ends: Sequence[Coroutine[Any, Any, bool]]) -> list[bool]:
    """All results; the first error, once none of the others goes on."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(end) for end in ends]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


def _wait_s(n_looks: int) -> float:
    return float(min(LAST_WAIT_S, FIRST_WAIT_S * GROWTH ** (n_looks - 1)))

"""``--llm-batch``: the runner's Lane over the batch endpoints of vendors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from evalkit.cache import entry as cache_entry
from evalkit.cache.cache import ResponseCache
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.text import plural
from evalkit.errors import ModelError, UsageError
from evalkit.models.batch_model import BatchModel
from evalkit.models.model import READS_SAMPLE, Model
from evalkit.session.batches.desk import BatchDesk, BatchRules
from evalkit.session.batches.folder import BatchFolder, OpenBatch, Timing

#: Vendors keep the answers of a batch for about a month; what is known of it is of no use afterwards.
KEPT_S = 31 * 86_400.0

#: Batches of a Model one after the other where asking may end early: a look comes after each.
N_PARTS = 4


class BatchLane:
    """Finds requests in batches by what the response cache finds their answers by: Model, request, repeat.
    Two samples that ask the same are one request.

    Args:
        is_live: ask the Model itself what failed in a batch, and what cannot be asked by batch.
        n_parts: batches in which a Model's jobs are asked one after the other.
    """

    def __init__(
        self,
        cache: ResponseCache,
        folder: BatchFolder,
        rules: BatchRules,
        *,
        is_live: bool,
        n_parts: int = 1,
        timing: Timing | None = None,
    ) -> None:
        self.n_parts = n_parts
        self._cache = cache
        self._folder = folder
        self._rules = rules
        self._is_live = is_live
        self._timing = timing or Timing()
        self._keys: dict[int, _Keys] = {}
        self._desks: dict[int, BatchDesk] = {}
        self._done: set[str] = set()
        self._is_left = self._is_another_busy = False

    def takes(self, model: Model) -> bool:
        return isinstance(model, BatchModel)

    async def fetch(self, model: Model, requests: Iterable[Request]) -> bool:
        keys = self._keys_of(model)
        asked = {keys.custom_id(request): request for request in requests}
        wanted = {key: request for key, request in asked.items() if not keys.is_cached(key)}
        desk = self._desk_of(model)
        is_there = await desk.fetch(wanted, self._note_busy) if wanted else True
        self._is_another_busy = False
        if is_there:
            self._done |= asked.keys() - desk.kept
        else:
            self._is_left = True
        return is_there

    def at_hand(self, model: Model, request: Request) -> Response | None:
        found = self._desk_of(model).answers.get(self._keys_of(model).custom_id(request))
        if isinstance(found, ModelError):
            if self._is_live:
                return None
            raise found
        return found

    @property
    def pending(self) -> str | None:
        return (self.under_way or "requests are left to the same command") if self._is_left else None

    @property
    def under_way(self) -> str | None:
        """What is left to be collected, a sentence; None where nothing is."""
        unreachable = next((desk.unreachable for desk in self._desks.values() if desk.unreachable), None)
        if not self._open and unreachable is None:
            return None
        what = f"{self._counted()} under way" if self._open else "batches may be under way"
        why = f", and the vendor cannot be asked ({unreachable})" if unreachable else ""
        return f"{what}{why}; collect with the same command"

    @property
    def progress_text(self) -> str:
        """How batches stand, for people; empty where none is open."""
        if self._is_another_busy:
            return "waiting for another session to submit its batches"
        return f"waiting for {self._counted()}" if self._open else ""

    def settle(self) -> None:
        """Everything that the session got is on the disk: forget batches that nothing is left of."""
        lock = self._folder.try_alone() if self._folder.path.exists() else None
        if lock is None:  # another session has it; who comes next finds the answers in the cache
            return
        try:
            for batch in self._folder.read():
                rest = batch.without(frozenset(self._done))
                if not rest.left or batch.planned_at < self._timing.now() - KEPT_S:
                    self._folder.remove(batch)
                elif len(rest.left) < len(batch.left):
                    self._folder.write(rest)
        finally:
            lock.release()

    @property
    def _open(self) -> list[tuple[OpenBatch, int]]:
        """Batches that have not ended, with how many requests are done."""
        return [each for desk in self._desks.values() for each in desk.open.values()]

    def _counted(self) -> str:
        open_ = self._open
        n_items, n_done = sum(batch.n_items for batch, _ in open_), sum(n for _, n in open_)
        batches = "1 batch" if len(open_) == 1 else f"{len(open_):,} batches"
        return f"{batches} of {plural(n_items, 'request')} ({n_done:,} done)"

    def _note_busy(self) -> None:
        self._is_another_busy = True

    def _keys_of(self, model: Model) -> _Keys:
        if id(model) not in self._keys:
            self._keys[id(model)] = _Keys(model, self._cache)
        return self._keys[id(model)]

    def _desk_of(self, model: Model) -> BatchDesk:
        if id(model) not in self._desks:
            assert isinstance(model, BatchModel)
            identity = self._keys_of(model).identity
            spec, batches = model.spec.text, model.open_batches()
            self._desks[id(model)] = BatchDesk(
                identity, spec, batches, self._folder, self._rules, self._timing
            )
        return self._desks[id(model)]


class _Keys:
    """The ids of one Model's requests. Without a ``cache_identity`` its spec names it."""

    def __init__(self, model: Model, cache: ResponseCache) -> None:
        self._cache = cache
        self._given: Mapping[str, Any] | None = model.cache_identity
        named = self._given or {"spec": model.spec.text, READS_SAMPLE: True}
        self._digest = cache_entry.identity_digest(cache_entry.identity_text(named))
        self._reads_sample = bool(named.get(READS_SAMPLE))
        self.identity = self._digest.hex()

    def custom_id(self, request: Request) -> str:
        digest = cache_entry.request_digest(request, reads_sample=self._reads_sample)
        return (self._digest + digest).hex()

    def is_cached(self, custom_id: str) -> bool:
        return self._given is not None and self._cache.get(bytes.fromhex(custom_id)) is not None


def open_lane(cache: ResponseCache, store: Path, mode: str, failed: str, order_seed: str | None) -> BatchLane:
    """The lane of a session, as its options say. Looks happen between parts where there is an order."""
    rules = BatchRules(mode == "wait", order_seed)
    n_parts = 1 if order_seed is None else N_PARTS
    return BatchLane(cache, BatchFolder(store), rules, is_live=failed == "live", n_parts=n_parts)


def order_seed_of(store: Path, run_id: str) -> str:
    """What orders samples where asking may end early: drawn anew for each run, but that runs which collect
    each other's batches have one."""
    return BatchFolder(store).order_seed() or run_id


def refuse_without_batches(models: Mapping[str, Model], *, has_budget: bool) -> None:
    """Raises UsageError on a Model that is asked and paid for and has no batch endpoint, and on a budget."""
    if has_budget:
        raise UsageError(
            "a budget cannot be combined with a batch: the vendor takes a batch as a whole",
            hint="leave out the option batch or the budget; limit bounds the samples",
        )
    lacking = []
    for text, model in models.items():
        if isinstance(model, BatchModel):
            model.open_batches()
        elif not model.is_recorded:
            lacking.append(text)
    if lacking:
        raise UsageError(
            f"{', '.join(lacking)} cannot be asked by batch",
            hint="leave out the option batch, or test it in a session of its own",
        )

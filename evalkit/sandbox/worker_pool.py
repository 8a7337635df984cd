"""A sandbox of warm interpreters, one for each processor, and the thread that deals programs out to them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import selectors
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Self

from evalkit.errors import SandboxError
from evalkit.sandbox.job import Job
from evalkit.sandbox.limits import Limits
from evalkit.sandbox.outcome import ProgramOutcome
from evalkit.sandbox.probe import Probe, summarize
from evalkit.sandbox.program import Program
from evalkit.sandbox.scheduler import Scheduler


class WarmSandbox:
    """See ``sandbox.Sandbox``; ready when the constructor returns.

    Raises:
        SandboxError: the level does not work here.
    """

    def __init__(self, level: str, workers: int | None = None, limits: Limits | None = None) -> None:
        self.level = level
        self.limits = limits or Limits()
        self.probes: tuple[Probe, ...] = ()
        self._numbers = itertools.count(1)
        self._inbox: deque[Callable[[Scheduler], None]] = deque()
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        self._is_closed = self._is_released = False
        self._lock = threading.Lock()
        opened: Future[None] = Future()
        n_workers = workers or len(_processors())
        self._thread = threading.Thread(
            target=self._run, args=(opened, n_workers), name="evalkit-sandbox", daemon=True
        )
        self._thread.start()
        try:
            opened.result()
        except BaseException:
            self.close()
            raise

    @property
    def summary(self) -> str:
        return summarize(self.level, self.probes)

    def run(self, program: Program, limits: Limits | None = None) -> ProgramOutcome:
        future = self._submit(program, limits)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    async def run_async(self, program: Program, limits: Limits | None = None) -> ProgramOutcome:
        return await asyncio.wrap_future(self._submit(program, limits))

    def close(self) -> None:
        with self._lock:
            if self._is_released:
                return
            self._is_closed = self._is_released = True
            self._wake()
        self._thread.join()
        os.close(self._woken)
        os.close(self._waker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _submit(self, program: Program, limits: Limits | None) -> Future[ProgramOutcome]:
        job = Job(next(self._numbers), program, limits or self.limits)
        self._tell(lambda scheduler: scheduler.add(job))
        job.future.add_done_callback(lambda future: self._on_done(job, future))
        return job.future

    def _on_done(self, job: Job, future: Future[ProgramOutcome]) -> None:
        if future.cancelled():
            with contextlib.suppress(SandboxError):  # Closed in the meantime, which ends it too.
                self._tell(lambda scheduler: scheduler.cancel(job))

    def _tell(self, message: Callable[[Scheduler], None]) -> None:
        with self._lock:
            if self._is_closed:
                raise SandboxError("the sandbox is closed", hint="open another")
            self._inbox.append(message)
            self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # As many wake-ups wait as fit: it will be woken.
            os.write(self._waker, b"x")

    def _run(self, opened: Future[None], n_workers: int) -> None:
        with selectors.DefaultSelector() as selector:
            scheduler = Scheduler(self.level, n_workers, selector)
            try:
                scheduler.start_first()
            except BaseException as error:
                scheduler.close()
                opened.set_exception(error)
                return
            opened.set_result(None)
            selector.register(self._woken, selectors.EVENT_READ)
            try:
                self._deal(scheduler, selector)
            finally:
                # Whatever ended it, nobody may wait for an answer that cannot come any more.
                with self._lock:
                    self._is_closed = True
                while self._inbox:
                    self._inbox.popleft()(scheduler)
                scheduler.close()

    def _deal(self, scheduler: Scheduler, selector: selectors.BaseSelector) -> None:
        while True:
            for key, _ in selector.select():
                if key.data is not None:
                    scheduler.on_answers(key.data)
                    continue
                os.read(self._woken, 4096)
            while self._inbox:
                self._inbox.popleft()(scheduler)
            if self._is_closed:
                return
            scheduler.deal()


def _processors() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))

"""A thread that works off what waits for it, batch by batch, so that the event loop stays free."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.errors import EvalkitError, ModelError

#: Requests of one loop arrive within a moment of each other: the first does not go alone.
_GATHERING_S = 0.005
_MOST_GATHERING_S = 0.05


@dataclass(slots=True, eq=False)
class Job:
    """A request that waits, and what the engine made of it.

    Attributes:
        kind: jobs of one kind go together.
        n_tokens: its length, by which neighbours are chosen.
        prepared: whatever the engine needs to answer it.
    """

    request: Request
    future: Future[Response] = field(default_factory=Future)
    asked_s: float = field(default_factory=time.perf_counter)
    is_prepared: bool = False
    kind: str = ""
    n_tokens: int = 0
    prepared: Any = None

    def is_wanted(self) -> bool:
        """Whether somebody still waits for it."""
        return not self.future.cancelled()


class BatchEngine(Protocol):
    """Used by the thread alone.

    Attributes:
        n_rows: jobs that are worth handing over at a time, >= 1.
    """

    @property
    def n_rows(self) -> int: ...

    def prepare(self, job: Job) -> None:
        """Fill in kind, length and what else is needed. Raises ModelError on a request that cannot be put."""
        ...

    def answer(self, jobs: Sequence[Job], is_closing: Callable[[], bool]) -> list[Response | ModelError]:
        """One Response with its ``latency_s``, or what is wrong, for each job; all are of one kind.

        It may return early, with anything, once ``is_closing``.
        """
        ...


class BatchThread:
    """Opens the engine when it is first asked.

    Args:
        open_engine: called in the thread; what it raises is the answer to whatever waits, then and later.
    """

    def __init__(self, open_engine: Callable[[], BatchEngine], name: str) -> None:
        self._open_engine, self._name = open_engine, name
        self._thread: threading.Thread | None = None
        self._jobs: list[Job] = []
        self._wake = threading.Condition()
        self._is_closing = False
        self._failure: EvalkitError | None = None

    async def ask(self, request: Request) -> Response:
        """The answer, with the seconds that it waited. Raises ModelError or UsageError."""
        job = Job(request)
        with self._wake:
            if self._is_closing:
                raise self._failure or ModelError("the model was closed")
            self._jobs.append(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._wake.notify()
        return await asyncio.wrap_future(job.future)

    async def close(self) -> None:
        """End after the step that is being computed; what waits is cancelled. Safe to call twice."""
        with self._wake:
            self._is_closing = True
            waiting, self._jobs = self._jobs, []
            self._wake.notify_all()
        for job in waiting:
            job.future.cancel()
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.to_thread(thread.join)

    def _work(self) -> None:
        try:
            engine = self._open_engine()
        except EvalkitError as error:
            self._fail(error)
            return
        except BaseException as error:  # out of memory, say: whoever waits must be told
            self._fail(ModelError(f"the model cannot be opened: {type(error).__name__}: {error}"))
            return
        while jobs := self._next(engine):
            _settle(jobs, engine, lambda: self._is_closing)

    def _fail(self, error: EvalkitError) -> None:
        with self._wake:
            self._is_closing, self._failure = True, error
            waiting, self._jobs = self._jobs, []
        for job in waiting:
            if job.future.set_running_or_notify_cancel():
                job.future.set_exception(error)

    def _next(self, engine: BatchEngine) -> list[Job]:
        """The oldest job that waits and those of its kind that are next to it in length; none at the end."""
        while True:
            waiting = self._waiting(engine.n_rows)
            if not waiting:
                return []
            for job in waiting:
                _prepare(job, engine)
            chosen = companions([job for job in waiting if not job.future.done()], engine.n_rows)
            taken = set(map(id, chosen))
            with self._wake:
                self._jobs = [job for job in self._jobs if id(job) not in taken and not job.future.done()]
            if chosen:
                return chosen

    def _waiting(self, n_rows: int) -> list[Job]:
        with self._wake:
            was_idle = not self._jobs
            while not self._jobs and not self._is_closing:
                self._wake.wait()
            if was_idle and n_rows > 1:
                self._gather(n_rows)
            return [] if self._is_closing else list(self._jobs)

    def _gather(self, n_rows: int) -> None:
        """Wait until no further job comes for a moment, or enough are there."""
        until = time.perf_counter() + _MOST_GATHERING_S
        n_seen = 0
        while n_seen < len(self._jobs) < n_rows and time.perf_counter() < until and not self._is_closing:
            n_seen = len(self._jobs)
            self._wake.wait(_GATHERING_S)


def companions(jobs: Sequence[Job], n_rows: int) -> list[Job]:
    """At most ``n_rows`` jobs: the oldest, and those of its kind that are nearest to it in length."""
    if not jobs:
        return []
    oldest = jobs[0]
    same = [job for job in jobs if job.kind == oldest.kind]
    same.sort(key=lambda job: abs(job.n_tokens - oldest.n_tokens))
    return [oldest, *(job for job in same if job is not oldest)][:n_rows]


def _prepare(job: Job, engine: BatchEngine) -> None:
    """Once for each job; what goes wrong is its own fault."""
    if job.is_prepared:
        return
    job.is_prepared = True
    try:
        engine.prepare(job)
    except Exception as error:
        if job.future.set_running_or_notify_cancel():
            job.future.set_exception(error)


def _settle(jobs: Sequence[Job], engine: BatchEngine, is_closing: Callable[[], bool]) -> None:
    """Answer the jobs; each is told its own seconds, and how long it waited."""
    answers: Sequence[Response | Exception]
    try:
        answers = engine.answer(jobs, is_closing)
    except Exception as error:
        answers = [error] * len(jobs)
    ended_s = time.perf_counter()
    for job, answer in zip(jobs, answers, strict=True):
        if is_closing() or not job.future.set_running_or_notify_cancel():
            job.future.cancel()
        elif isinstance(answer, Exception):
            job.future.set_exception(answer)
        else:
            queue_s = max(0.0, ended_s - job.asked_s - (answer.latency_s or 0.0))
            job.future.set_result(replace(answer, queue_s=queue_s))

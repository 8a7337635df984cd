"""Engines that rank in threads of their own, requests with the same beginning one after another."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from evalkit.errors import EvalkitError, ModelError
from evalkit.models.continuation import continuation_tokens, split_pair
from evalkit.models.embedded.llama_model import LlamaModel
from evalkit.models.embedded.ranking_backend import Precision, RankingBackend
from evalkit.models.embedded.ranking_engine import RankingEngine, RankingRequest


@dataclass(frozen=True, slots=True)
class Ranked:
    """Log-probability and tokens of each continuation, all tokens read, its share of the work in seconds, and
    the seconds that it waited, for an engine and for the others that were read with it."""

    logprobs: list[float]
    choice_tokens: list[int]
    prompt_tokens: int
    latency_s: float
    queue_s: float


@dataclass(slots=True)
class _Job:
    text: str
    continuations: Sequence[str]
    future: Future[Ranked] = field(default_factory=Future)
    context: list[int] = field(default_factory=list)
    tokens: list[list[int]] = field(default_factory=list)
    fault: Exception | None = None
    asked_s: float = field(default_factory=time.perf_counter)


class RankingPool:
    """``n_engines`` single-threaded engines over one copy of the weights.

    Single-threaded, because threads that wait for each other at every layer do badly on shared cores.
    """

    def __init__(
        self,
        path: Path,
        lora: Path | None,
        n_ctx: int | None,
        n_engines: int,
        precision: Precision | None = None,
    ) -> None:
        self._what, self._n_engines = (path, lora, n_ctx, precision), n_engines
        self._backend: RankingBackend | None = None
        self._threads: list[threading.Thread] = []
        self._jobs: list[_Job] = []
        self._n_taken = 0
        self._wake = threading.Condition()
        self._is_closing = False
        self._failure: EvalkitError | None = None
        self._lock = asyncio.Lock()

    async def rank(self, text: str, continuations: Sequence[str]) -> Ranked:
        """Log-probability of each continuation after ``text``. Raises ModelError or UsageError."""
        await self._start()
        job = _Job(text, continuations)
        with self._wake:
            if self._is_closing:
                raise self._failure or ModelError("the model was closed")
            self._jobs.append(job)
            self._wake.notify()
        return await asyncio.wrap_future(job.future)

    async def close(self) -> None:
        """Stop the threads after what they are at; what waits fails. Safe to call twice."""
        with self._wake:
            self._is_closing = True
            waiting, self._jobs = self._jobs, []
            self._wake.notify_all()
        for job in waiting:
            job.future.cancel()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)
        self._threads = []
        if self._backend is not None:
            self._backend.close()
            self._backend = None

    async def _start(self) -> None:
        async with self._lock:
            if self._threads or self._is_closing:
                return
            backend = await asyncio.to_thread(RankingBackend, *self._what)
            self._backend = backend
            for i in range(self._n_engines):
                name = f"evalkit-ranking-{i}"
                thread = threading.Thread(target=self._work, args=(backend,), name=name, daemon=True)
                self._threads.append(thread)
                thread.start()

    def _work(self, backend: RankingBackend) -> None:
        try:
            engine = backend.open_engine()
        except EvalkitError as error:
            self._fail(error)
            return
        except Exception as error:  # Out of memory, say: whoever waits must be told.
            self._fail(ModelError(f"the model cannot be opened: {type(error).__name__}: {error}"))
            return
        while jobs := self._next(engine, backend):
            _settle([job for job in jobs if job.future.set_running_or_notify_cancel()], engine)
            with self._wake:
                self._n_taken -= len(jobs)
        engine.close()

    def _next(self, engine: RankingEngine, backend: RankingBackend) -> list[_Job]:
        """The waiting jobs that share most with what the engine has read, the oldest among equals.

        Not more than the engine's share of what is asked, nor than it can read at a time; none at the end.
        """
        with self._wake:
            while not self._jobs and not self._is_closing:
                self._wake.wait()
            if self._is_closing:
                return []
            for job in self._jobs:
                _tokenize(job, backend.tokenizer)
            shared = {id(job): engine.n_shared(job.context) for job in self._jobs}
            best = sorted(self._jobs, key=lambda job: -shared[id(job)])
            most = -(-(len(best) + self._n_taken) // self._n_engines)
            n_rows = 0
            chosen: list[_Job] = []
            for job in best[:most]:
                n_rows += len(job.context) - shared[id(job)] + sum(map(len, job.tokens)) - len(job.tokens)
                if chosen and n_rows > engine.n_rows:
                    break
                chosen.append(job)
            self._n_taken += len(chosen)
            taken = set(map(id, chosen))
            self._jobs = [job for job in self._jobs if id(job) not in taken]
            return chosen

    def _fail(self, error: EvalkitError) -> None:
        with self._wake:
            self._is_closing, self._failure = True, error
            waiting, self._jobs = self._jobs, []
            self._wake.notify_all()
        for job in waiting:
            if job.future.set_running_or_notify_cancel():
                job.future.set_exception(error)


def _tokenize(job: _Job, model: LlamaModel) -> None:
    """Split the job's texts as lm-evaluation-harness does; what goes wrong is the job's own fault."""
    if job.context or job.fault:
        return
    try:
        pairs = [split_pair(job.text, continuation) for continuation in job.continuations]
        prompt = model.tokenize(pairs[0][0])
        wholes = [model.tokenize(context + rest) for context, rest in pairs]
        job.tokens = [continuation_tokens(prompt, whole) for whole in wholes]
        job.context = prompt or [model.start_token()]
    except Exception as error:
        job.fault = error


def _settle(jobs: list[_Job], engine: RankingEngine) -> None:
    """Answer the jobs; each is told its share of the seconds."""
    started = time.perf_counter()
    good = [job for job in jobs if job.fault is None]
    try:
        requests = [RankingRequest(job.context, job.tokens) for job in good]
        results: list[list[float] | Exception] = [*engine.rank_all(requests)]
    except Exception as error:
        results = [error] * len(good)
    ended = time.perf_counter()
    seconds = (ended - started) / max(len(good), 1)
    for job in jobs:
        if job.fault is not None:
            job.future.set_exception(job.fault)
    for job, result in zip(good, results, strict=True):
        if isinstance(result, Exception):
            job.future.set_exception(result)
            continue
        counts = [len(tokens) for tokens in job.tokens]
        waited = max(0.0, ended - job.asked_s - seconds)
        job.future.set_result(Ranked(result, counts, len(job.context) + sum(counts), seconds, waited))

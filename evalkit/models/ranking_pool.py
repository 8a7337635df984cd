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
from evalkit.models.llama_model import LlamaModel
from evalkit.models.ranking_engine import RankingEngine


@dataclass(frozen=True, slots=True)
class Ranked:
    """Log-probability and tokens of each continuation, all tokens read, and seconds of work."""

    logprobs: list[float]
    choice_tokens: list[int]
    prompt_tokens: int
    latency_s: float


@dataclass(slots=True)
class _Job:
    text: str
    continuations: Sequence[str]
    future: Future[Ranked] = field(default_factory=Future)
    context: list[int] = field(default_factory=list)
    tokens: list[list[int]] = field(default_factory=list)
    fault: Exception | None = None


class RankingPool:
    """``n_engines`` single-threaded contexts over one copy of the weights.

    Single-threaded, because the values must not depend on a thread count, and because threads that wait for
    each other at every layer do badly on shared cores.
    """

    def __init__(self, path: Path, lora: Path | None, n_ctx: int | None, n_engines: int) -> None:
        self._path, self._lora, self._n_ctx, self._n_engines = path, lora, n_ctx, n_engines
        self._model: LlamaModel | None = None
        self._threads: list[threading.Thread] = []
        self._jobs: list[_Job] = []
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
        if self._model is not None:
            self._model.close()
            self._model = None

    async def _start(self) -> None:
        async with self._lock:
            if self._threads or self._is_closing:
                return
            model = await asyncio.to_thread(LlamaModel, self._path, self._lora)
            self._model = model
            n_ctx = min(self._n_ctx or 4096, model.n_ctx_train)
            for i in range(self._n_engines):
                name = f"evalkit-ranking-{i}"
                thread = threading.Thread(target=self._work, args=(model, n_ctx), name=name, daemon=True)
                self._threads.append(thread)
                thread.start()

    def _work(self, model: LlamaModel, n_ctx: int) -> None:
        try:
            engine = RankingEngine(model, n_ctx)
        except EvalkitError as error:
            self._fail(error)
            return
        while (job := self._next(engine, model)) is not None:
            if job.future.set_running_or_notify_cancel():
                _settle(job, engine)
        engine.close()

    def _next(self, engine: RankingEngine, model: LlamaModel) -> _Job | None:
        """The waiting job that shares most with what the engine has just read, the oldest among equals."""
        with self._wake:
            while not self._jobs and not self._is_closing:
                self._wake.wait()
            if self._is_closing:
                return None
            for job in self._jobs:
                _tokenize(job, model)
            best = max(self._jobs, key=lambda job: engine.n_shared(job.context))
            self._jobs.remove(best)
            return best

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


def _settle(job: _Job, engine: RankingEngine) -> None:
    started = time.perf_counter()
    try:
        if job.fault is not None:
            raise job.fault
        logprobs = engine.rank(job.context, job.tokens)
    except Exception as error:
        job.future.set_exception(error)
        return
    counts = [len(tokens) for tokens in job.tokens]
    n_read = len(job.context) + sum(counts)
    job.future.set_result(Ranked(logprobs, counts, n_read, time.perf_counter() - started))

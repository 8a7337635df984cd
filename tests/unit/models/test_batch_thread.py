"""Requests become batches in a thread: who goes together, whose fault is whose, what closing does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from evalkit.core.response import Response
from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.torch_engine.batch_thread import BatchEngine, BatchThread, Job, companions
from tests.asking import ask


class Echo:
    """Answers with the text; notes the batches that it saw. ``n_rows`` as given."""

    def __init__(self, n_rows: int = 4, gate: threading.Event | None = None) -> None:
        self.n_rows, self.batches, self._gate = n_rows, list[list[str]](), gate
        self.has_begun = threading.Event()

    def prepare(self, job: Job) -> None:
        if job.request.text == "refused":
            raise ModelError("refused")
        job.kind, job.n_tokens = "write", len(job.request.text)

    def answer(self, jobs: Sequence[Job], is_closing: Callable[[], bool]) -> list[Response | ModelError]:
        self.batches.append([job.request.text for job in jobs])
        self.has_begun.set()
        if self._gate is not None:
            while not self._gate.wait(0.01) and not is_closing():
                pass
        return [
            ModelError("broken")
            if job.request.text == "broken"
            else Response(job.request.text, latency_s=0.0)
            for job in jobs
        ]


def asked(engine: BatchEngine, *texts: str) -> list[Any]:
    async def run() -> list[Any]:
        thread = BatchThread(lambda: engine, "evalkit-test")
        try:
            calls = [thread.ask(ask(text)) for text in texts]
            return await asyncio.gather(*calls, return_exceptions=True)
        finally:
            await thread.close()

    return asyncio.run(run())


def said(answers: Sequence[Any]) -> list[str]:
    return [str(each.output) if isinstance(each, Response) else str(each) for each in answers]


def job(n_tokens: int, kind: str = "write") -> Job:
    return Job(ask(), kind=kind, n_tokens=n_tokens)


def test_each_request_gets_its_own_answer() -> None:
    assert said(asked(Echo(), "a", "bb", "ccc", "dddd", "eeeee")) == ["a", "bb", "ccc", "dddd", "eeeee"]


def test_what_waits_goes_together_and_no_more_than_fits() -> None:
    engine = Echo(n_rows=2)
    asked(engine, "a", "b", "c", "d", "e")
    assert max(map(len, engine.batches)) == 2
    assert sorted(text for batch in engine.batches for text in batch) == ["a", "b", "c", "d", "e"]


def test_the_oldest_goes_with_the_nearest_in_length_of_its_kind() -> None:
    jobs = [job(10), job(100), job(11), job(10, "rank"), job(9), job(50)]
    assert [each.n_tokens for each in companions(jobs, 3)] == [10, 11, 9]
    assert all(each.kind == "write" for each in companions(jobs, 6))


def test_a_request_that_cannot_be_put_fails_alone() -> None:
    assert said(asked(Echo(), "a", "refused", "b")) == ["a", "refused", "b"]


def test_an_answer_that_went_wrong_fails_alone() -> None:
    assert said(asked(Echo(), "a", "broken", "b")) == ["a", "broken", "b"]


def test_an_engine_that_breaks_is_the_answer_to_the_whole_batch_and_the_next_one_goes_on() -> None:
    class Breaking(Echo):
        def answer(self, jobs: Sequence[Job], is_closing: Callable[[], bool]) -> list[Response | ModelError]:
            if not self.batches:
                self.batches.append([])
                raise RuntimeError("no kernel")
            return super().answer(jobs, is_closing)

    assert said(asked(Breaking(n_rows=1), "a", "b")) == ["no kernel", "b"]


def test_what_opening_raises_is_the_answer_to_all_then_and_later() -> None:
    def opening() -> BatchEngine:
        raise ModelSpecError("no weights")

    async def run() -> None:
        thread = BatchThread(opening, "evalkit-test")
        for _ in range(2):
            with pytest.raises(ModelSpecError, match="no weights"):
                await thread.ask(ask())
        await thread.close()

    asyncio.run(run())


def test_closing_ends_the_batch_that_is_computed_and_cancels_what_waits() -> None:
    engine = Echo(n_rows=1, gate=threading.Event())

    async def run() -> list[Any]:
        thread = BatchThread(lambda: engine, "evalkit-test")
        calls = [asyncio.ensure_future(thread.ask(ask(text))) for text in ("a", "b")]
        await asyncio.to_thread(engine.has_begun.wait)
        await thread.close()
        return await asyncio.gather(*calls, return_exceptions=True)

    answers = asyncio.run(run())
    assert engine.batches == [["a"]]
    assert all(isinstance(each, asyncio.CancelledError) for each in answers)


def test_a_request_that_nobody_waits_for_any_more_is_not_answered() -> None:
    gate = threading.Event()
    engine = Echo(n_rows=1, gate=gate)

    async def run() -> Response:
        thread = BatchThread(lambda: engine, "evalkit-test")
        first = asyncio.ensure_future(thread.ask(ask("a")))
        await asyncio.to_thread(engine.has_begun.wait)
        given_up = asyncio.ensure_future(thread.ask(ask("b")))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.sleep(0)
        gate.set()
        await first
        answer = await thread.ask(ask("c"))
        await thread.close()
        return answer

    assert asyncio.run(run()).output == "c"
    assert engine.batches == [["a"], ["c"]]


def test_the_time_before_an_answer_is_told_apart_from_the_answer() -> None:
    class Slow(Echo):
        def answer(self, jobs: Sequence[Job], is_closing: Callable[[], bool]) -> list[Response | ModelError]:
            return [Response("x", latency_s=0.0) for _ in jobs]

    (answer,) = asked(Slow(), "a")
    assert answer.latency_s == 0.0
    assert answer.queue_s > 0.0

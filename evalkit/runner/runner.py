"""The scheduler: everything selected runs concurrently, in a thread with a loop of its own."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any, TypeVar

from evalkit.cache.cache import ResponseCache
from evalkit.core.error_kinds import OTHER
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.user_code import caught
from evalkit.errors import BudgetSpentError, ModelError, UserCodeError
from evalkit.models.model import Model
from evalkit.models.wire.retry import RetryPolicy
from evalkit.pricing.book import PriceBook
from evalkit.runner.admitting import Admitting, Everything
from evalkit.runner.aside import Aside
from evalkit.runner.askers import Askers
from evalkit.runner.asking import Asker
from evalkit.runner.jobs import Job, build_request
from evalkit.runner.lane import Lane, fetched_parts
from evalkit.runner.limit import Limit
from evalkit.runner.loop_thread import LoopThread
from evalkit.runner.model_limits import ModelLimits
from evalkit.runner.pace import Pace
from evalkit.runner.progress import Progress
from evalkit.runner.rounds import Ask, Rounds
from evalkit.runner.scoring import Scoring, describe, score_response
from evalkit.runner.sink import Sink
from evalkit.runner.started import CANCELLED, StartedModels
from evalkit.runner.stopper import Stopper
from evalkit.runner.unit import FurtherAnswer, Unit
from evalkit.scorers.scorer import Scorer

T = TypeVar("T")
_Work = Callable[[Iterator[Job], int], Coroutine[Any, Any, None]]

_POLL_S = 0.5


class Runner:
    """Asks for every Response of the given units.

    Each Model has a limit of its own, shared by all units that use it. Work starts with ``start`` and goes on
    while pytest runs items; ``stop`` ends it at any time and loses nothing that has come.

    Args:
        n_concurrent: requests in flight for each Model; None takes each Model's default.
        is_adaptive: let the limit find its own size.
        prices: what models cost; by default what their specs say.
        admitting: says what may be asked, and in which order; by default all that was planned.
        lane: brings answers of the Models that it takes, which ``admitting`` is not asked about.

    Attributes:
        limits: what holds calls back.
        failure: what broke the work itself (a full disk, a defect), so that the rest will never come; None
            while all is well, however many Responses failed.
        pending: why the rest will come in another session only, though nothing broke; None otherwise.
        hanging: what did not end when it was to, known after ``stop``.
    """

    def __init__(
        self,
        cache: ResponseCache,
        *,
        policy: RetryPolicy | None = None,
        n_concurrent: int | None = None,
        is_adaptive: bool = False,
        prices: PriceBook | None = None,
        admitting: Admitting | None = None,
        lane: Lane | None = None,
    ) -> None:
        self.progress = Progress()
        policy = policy or RetryPolicy()
        self.limits = ModelLimits(n_concurrent, policy.bounds, is_adaptive=is_adaptive)
        self._lane = lane
        self._admitting = admitting or Everything()
        shared = cache, policy, self.progress, self.limits, prices or PriceBook()
        self._askers = Askers(*shared, self._admitting)
        self._units: list[Unit] = []
        self._sink: Sink | None = None
        self._stopper: Stopper | None = None
        self._rounds: Rounds | None = None
        self._pace = Pace()
        self._models = StartedModels()
        self._thread = LoopThread(self._note_death)
        self._work: asyncio.Task[None] | None = None
        self.failure: str | None = None
        self.pending: str | None = None
        self.hanging: list[str] = []
        # One thread: verdicts of a session are computed one after the other, off the loop.
        self._aside = Aside("evalkit-verdicts")
        self._slow_scorers = Aside("evalkit-scoring")
        self._scoring = Scoring(self._slow_scorers)

    def start(
        self,
        units: Sequence[Unit],
        sink: Sink,
        stopper: Stopper | None = None,
        rounds: Rounds | None = None,
    ) -> None:
        """Begin asking; returns at once. ``sink`` hears of everything that comes; ``stopper`` may end units
        before all was asked; ``rounds`` says what is asked again when all units are done."""
        # Models that wait for each other (``Pace``) must meet the tasks in one order.
        places = {unit.prepared.task.task: place for place, unit in reversed(list(enumerate(units)))}
        self._units = sorted(units, key=lambda unit: places[unit.prepared.task.task])
        self._sink = sink
        self._stopper = stopper
        self._rounds = rounds
        self.progress.n_total = sum(unit.n_total for unit in units)
        self._admitting.begin(self._units, self.ensure_started)
        self.submit(self._run_all()).add_done_callback(self._note_failure)

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Run a coroutine in the runner's loop, starting it if need be."""
        return self._thread.submit(coroutine)

    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the loop and wait for what it gives. Raises ModelError where it cannot come."""
        future = self.submit(coroutine)
        while True:
            try:
                return future.result(_POLL_S)
            except concurrent.futures.CancelledError:
                raise ModelError(CANCELLED) from None
            except concurrent.futures.TimeoutError:
                if future.done():
                    raise
                if self._thread.is_dead:
                    raise ModelError("the thread of the event loop ended") from None

    def stop(self, timeout_s: float = 5.0, *, verdicts_s: float = 600.0) -> None:
        """Cancel what is in flight, close the Models, end the threads. Safe to call twice.

        What does not end within ``timeout_s`` is in ``hanging``; its daemon threads keep nobody. Verdicts
        that are being computed have ``verdicts_s``.
        """
        if not self._thread.is_running:
            return
        # Where the loop itself hangs, the next line says so.
        with contextlib.suppress(concurrent.futures.TimeoutError, concurrent.futures.CancelledError):
            self.submit(self._wind_down(timeout_s / 2)).result(timeout_s)
        self._note_hanging(self._thread.stop(timeout_s))
        self._note_hanging(self._slow_scorers.end(timeout_s))
        self._note_hanging(self._aside.end(verdicts_s))

    async def _wind_down(self, timeout_s: float) -> None:
        self._models.is_ending = True
        self._admitting.stop()
        if self._work is not None:
            self._work.cancel()
            await asyncio.wait([self._work], timeout=timeout_s)
        self.hanging += await self._models.close(timeout_s)

    def _note_hanging(self, where: str | None) -> None:
        if where is not None:
            self.hanging.append(where)

    def _note_death(self) -> None:
        self.failure = self.failure or "the thread of the event loop ended"

    def _note_failure(self, done: concurrent.futures.Future[Any]) -> None:
        error: BaseException | None
        if done.cancelled():
            error = None if self._models.is_ending else UserCodeError(CANCELLED)
        else:
            error = done.exception()
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if error is not None and self.failure is None:
            self.failure = describe(error)

    async def ensure_started(self, model: Model) -> str | None:
        """Start a Model once, whoever asks first; the reason as text when it cannot start."""
        return await self._models.ensure(model, self.limits.throttle(model).hear)

    def asker(self, model: Model, limit: Limit | None = None) -> Asker:
        """Something that asks ``model`` with this runner's cache, retries and counts."""
        return self._askers.of(model, limit or Limit(model.default_concurrency))

    def judging(self, model: Model, progress: Progress) -> Asker:
        """Something that asks ``model`` for scorers, and counts in ``progress``."""
        return self._askers.of_judge(model, progress)

    async def score(self, scorers: Sequence[Scorer], sample: Sample, response: Response) -> tuple[Score, ...]:
        """One Score for each scorer; what is slow holds up no call."""
        return await score_response(scorers, sample, response, self._scoring)

    async def _run_all(self) -> None:
        self._work = asyncio.current_task()
        by_model: dict[int, list[Unit]] = {}
        for unit in self._units:
            by_model.setdefault(id(unit.model), []).append(unit)
        # A group and not ``gather``: where a row cannot be kept, no further one is asked and paid for.
        async with asyncio.TaskGroup() as group:
            for units in by_model.values():
                group.create_task(self._run_model(units))
        if self._lane is not None and self._lane.pending is not None:
            await asyncio.wrap_future(self._aside.submit(int))  # behind the verdicts of all that is done
            self.pending = self._lane.pending
        elif self._rounds is not None:
            await self._run_rounds(self._rounds)

    async def _run_rounds(self, rounds: Rounds) -> None:
        # In the one thread of the verdicts: what comes first there are the verdicts of the first pass.
        loop = asyncio.get_running_loop()
        while asks := await loop.run_in_executor(self._aside, rounds.next_round):
            self.progress.n_total += len(asks)
            by_model: dict[int, list[Ask]] = {}
            for ask in asks:
                by_model.setdefault(id(ask.unit.model), []).append(ask)
            async with asyncio.TaskGroup() as group:
                for its in by_model.values():
                    group.create_task(self._ask_again(rounds, its))

    async def _ask_again(self, rounds: Rounds, asks: Sequence[Ask]) -> None:
        """One round of one Model."""
        model = asks[0].unit.model
        limit = self.limits.new_limit(model)
        asker = self.asker(model, limit)
        left = iter(asks)
        async with asyncio.TaskGroup() as group:
            for worker in range(min(limit.n_max, len(asks))):
                group.create_task(self._ending(self._work_off_again(rounds, left, asker, limit, worker)))

    async def _work_off_again(
        self, rounds: Rounds, asks: Iterator[Ask], asker: Asker, limit: Limit, worker: int
    ) -> None:
        while True:
            await limit.admit(worker)
            ask = next(asks, None)
            if ask is None:
                limit.lift()
                return
            sample = ask.unit.samples[ask.sample_index]
            try:
                response = await self._ask(ask.unit, sample, ask.repeat, asker)
                scores = await self._scores(ask.unit, sample, response)
            except BudgetSpentError:  # one repetition too many: what came without it is enough to go on
                self.progress.n_total -= 1
                continue
            ask.unit.record_further(FurtherAnswer(ask.sample_index, response, scores, ask.is_recheck))
            rounds.on_answer(ask, response, scores)

    async def _run_model(self, units: list[Unit]) -> None:
        model = units[0].model
        failure = await self.ensure_started(model)
        if failure is not None:
            for unit in units:
                await self._fail(unit, failure)
            return
        limit = self.limits.new_limit(model)
        n_workers = min(limit.n_max, sum(unit.n_total for unit in units))
        if self._lane is not None and self._lane.takes(model):
            await self._run_parts(self._lane, units, limit, n_workers)
            return
        asker = self.asker(model, limit)
        jobs = self._admitting.jobs(units)
        await self._share_out(
            jobs, n_workers, lambda left, worker: self._work_off(left, asker, limit, worker)
        )

    async def _run_parts(self, lane: Lane, units: list[Unit], limit: Limit, n_workers: int) -> None:
        """Part by part: what a part holds is paid for once it is fetched, so all of it is kept."""
        model = units[0].model
        asker = self._askers.of_fetched(model, limit, partial(lane.at_hand, model))
        async for jobs in fetched_parts(lane, units, self._pace):
            await self._share_out(iter(jobs), n_workers, lambda left, _: self._work_off_fetched(left, asker))

    async def _share_out(self, jobs: Iterator[Job], n_workers: int, work: _Work) -> None:
        job: Job | None
        while (job := next(jobs, None)) is not None:  # again, should user code cancel all that work them off
            jobs = chain([job], jobs)
            async with asyncio.TaskGroup() as group:
                for worker in range(n_workers):
                    group.create_task(self._ending(work(jobs, worker)))

    async def _work_off_fetched(self, jobs: Iterator[Job], asker: Asker) -> None:
        for unit, turn in jobs:
            await self._answer(unit, unit.position_at(turn), asker)

    async def _ending(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it; where it breaks, what is cancelled with it has to stop."""
        try:
            await work
        except asyncio.CancelledError:
            raise
        except BaseException:
            self._models.is_ending = True
            raise

    async def _work_off(self, jobs: Iterator[Job], asker: Asker, limit: Limit, worker: int) -> None:
        while True:
            await limit.admit(worker)
            job = next(jobs, None)
            if job is None:
                limit.lift()
                return
            unit, turn = job
            try:
                await self._pace.admit(unit, turn, limit.current)
            except asyncio.CancelledError:
                self._go_on()  # somebody else's, meant for an earlier job: this one is not lost
            if unit.is_stopped:
                self._admitting.drop(unit, unit.position_at(turn))
                continue
            unit.n_issued += 1
            await self._answer(unit, unit.position_at(turn), asker)

    async def _answer(self, unit: Unit, position: int, asker: Asker) -> None:
        sample, repeat = unit.sample_at(position), position % unit.n_repeats
        try:
            await self._keep(unit, position, await self._ask(unit, sample, repeat, asker))
        except BudgetSpentError:
            unit.leave_out()
            self.progress.n_total -= 1
            self._close_if_done(unit)
            self._pace.moved()
        except asyncio.CancelledError:
            self._go_on()
            if unit.responses[position] is None:
                await self._keep(unit, position, _failed(sample, repeat, CANCELLED))

    async def _ask(self, unit: Unit, sample: Sample, repeat: int, asker: Asker) -> Response:
        try:
            request = build_request(unit, sample, repeat)
            if (media := request.media) and self._sink is not None:
                self._sink.on_media(media)
            return await asker.ask(request, unit)
        except BudgetSpentError:
            raise
        except asyncio.CancelledError:
            self._go_on()
            return _failed(sample, repeat, CANCELLED)
        except BaseException as error:
            return _failed(sample, repeat, describe(caught(error)))

    def _go_on(self) -> None:
        """After a CancelledError: raise it again if it is the runner's own, else take no notice of it."""
        if self._models.is_ending:
            raise
        task = asyncio.current_task()
        while task is not None and task.cancelling():
            task.uncancel()

    async def _fail(self, unit: Unit, failure: str) -> None:
        """A Model that cannot start: every sample is an error row that says why."""
        for position in range(unit.n_total):
            response = _failed(unit.sample_at(position), position % unit.n_repeats, failure)
            await self._keep(unit, position, response)

    async def _keep(self, unit: Unit, position: int, response: Response) -> None:
        scores = await self._scores(unit, unit.sample_at(position), response)
        is_sample_done = unit.record_answer(position, response, scores)
        sink = self._sink
        assert sink is not None
        sink.on_response(unit, position, response, scores)
        if is_sample_done:
            sink.on_sample_done(unit, position // unit.n_repeats)
            if self._stopper is not None:
                self._stop(self._stopper.after_sample(unit, position // unit.n_repeats))
        self._close_if_done(unit)
        self._pace.moved()

    async def _scores(self, unit: Unit, sample: Sample, response: Response) -> tuple[Score, ...]:
        with self._admitting.scoring(unit, sample, response.repeat):
            scores = await score_response(unit.scorers, sample, response, self._scoring)
        self.progress.n_done += 1
        self.progress.n_errors += response.error is not None
        return scores

    def _stop(self, units: Sequence[Unit]) -> None:
        for unit in units:
            if unit.is_done or unit.is_stopped:
                continue
            unit.is_stopped = True
            self.progress.n_total -= unit.n_total - unit.n_issued
            self._close_if_done(unit)

    def _close_if_done(self, unit: Unit) -> None:
        sink = self._sink
        assert sink is not None
        if unit.is_done and not unit.is_closed:
            unit.is_closed = True
            self._aside.submit(sink.on_unit_done, unit).add_done_callback(self._note_failure)


def _failed(sample: Sample, repeat: int, failure: str) -> Response:
    return Response(None, sample.id, repeat, sample.input, failure, error_kind=OTHER, created_at=time.time())

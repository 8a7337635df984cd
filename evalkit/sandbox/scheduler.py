"""Deals programs out to warm interpreters; all of it runs in one thread."""

from __future__ import annotations

import selectors
from collections import deque
from typing import Any

from evalkit.errors import SandboxError
from evalkit.sandbox.job import Job
from evalkit.sandbox.outcome import ProgramOutcome
from evalkit.sandbox.worker import Worker

#: Programs that one interpreter has in hand at once: while one waits for its checker the next can compute.
_TAKEN_AT_ONCE = 2
#: Programs that wait without computing hold memory, but no place among those that compute.
_MOST_ASLEEP = 128
#: Interpreters lost in a row, with nothing decided in between, after which no more are started.
_MOST_LOST = 5
_MOST_ATTEMPTS = 2


class Scheduler:
    """Keeps up to ``n_workers`` interpreters of a level, as many as there is work for."""

    def __init__(self, level: str, n_workers: int, selector: selectors.BaseSelector) -> None:
        self._level, self._n_workers, self._selector = level, n_workers, selector
        self._workers: list[Worker] = []
        self._ready: set[int] = set()
        self._waiting: deque[Job] = deque()
        self._alone: deque[Job] = deque()
        self._running: dict[int, Job] = {}
        self._n_lost = 0

    def start_first(self) -> None:
        """Start one interpreter and wait for it.

        Raises:
            SandboxError: the level does not work here.
        """
        worker = self._start()
        worker.wait_until_ready()
        self._ready.add(id(worker))

    def add(self, job: Job) -> None:
        """Take on a program."""
        self._waiting.append(job)

    def cancel(self, job: Job) -> None:
        """End a program that nobody waits for."""
        for queue in (self._waiting, self._alone):
            if job in queue:
                queue.remove(job)
        for worker in self._workers:
            if job.number in worker.taken | worker.asleep:
                worker.send({"do": "cancel", "id": job.number})

    def deal(self) -> None:
        """Hand out what can be handed out now, and take in what was said meanwhile."""
        self._hand_out()
        while any(worker.has_unread for worker in self._workers):
            for worker in [each for each in self._workers if each.has_unread]:
                self.on_answers(worker)
            self._hand_out()

    def _hand_out(self) -> None:
        while self._waiting and not self._is_one_alone():
            worker = self._free_worker()
            if worker is None:
                return
            self._hand(worker, self._waiting.popleft())
        if self._alone and not self._waiting and not self._running:
            worker = self._free_worker()
            if worker is not None:
                self._hand(worker, self._alone.popleft())

    def on_answers(self, worker: Worker) -> None:
        """Take in what an interpreter says, its end included."""
        try:
            for message in worker.read():
                self._take(worker, message)
        except SandboxError as error:
            self._lose(worker, error)

    def close(self) -> None:
        """End everything; programs under way get a SandboxError."""
        for worker in self._workers:
            worker.close()
        for job in [*self._running.values(), *self._waiting, *self._alone]:
            job.fail(SandboxError("the sandbox was closed while the program ran"))

    def _take(self, worker: Worker, message: dict[str, Any]) -> None:
        if "ready" in message:
            self._ready.add(id(worker))
        elif "broken" in message:
            raise SandboxError(f"sandbox level {self._level} is no longer safe: {message['broken']}")
        elif "asleep" in message:
            worker.taken.discard(message["asleep"])
            worker.asleep.add(message["asleep"])
        else:
            self._n_lost = 0
            number = message.pop("id")
            worker.taken.discard(number)
            worker.asleep.discard(number)
            self._conclude(self._running.pop(number), message)

    def _conclude(self, job: Job, message: dict[str, Any]) -> None:
        if message["status"] != "starved":
            job.settle(ProgramOutcome(**message))
        elif not job.is_alone and not job.future.cancelled():
            job.is_alone = True
            self._alone.append(job)
        else:
            job.settle(ProgramOutcome(**{**message, "status": "undecided"}))

    def _lose(self, worker: Worker, error: SandboxError) -> None:
        """Give what it had in hand to another; a program that takes two along is given up."""
        self._drop(worker)
        self._n_lost += 1
        for number in sorted(worker.taken | worker.asleep, reverse=True):
            job = self._running.pop(number)
            job.n_lost += 1
            if job.n_lost < _MOST_ATTEMPTS:
                (self._alone if job.is_alone else self._waiting).appendleft(job)
            else:
                job.settle(
                    ProgramOutcome(
                        "undecided", f"{job.n_lost} warm interpreters ended while it ran: {error.what}"
                    )
                )
        if self._n_lost >= _MOST_LOST:
            for job in [*self._waiting, *self._alone]:
                job.fail(error)
            self._waiting.clear()
            self._alone.clear()
            self._n_lost = 0

    def _free_worker(self) -> Worker | None:
        able = [
            worker
            for worker in self._workers
            if id(worker) in self._ready
            and len(worker.taken) < _TAKEN_AT_ONCE
            and len(worker.asleep) < _MOST_ASLEEP
        ]
        idle = min(able, key=lambda worker: len(worker.taken), default=None)
        if (idle is None or idle.taken) and len(self._workers) < self._n_workers:
            self._start()
        return idle

    def _hand(self, worker: Worker, job: Job) -> None:
        self._running[job.number] = job
        worker.taken.add(job.number)
        # One that is gone says so by the end of its answers, and the program is dealt again.
        worker.send(job.request())

    def _is_one_alone(self) -> bool:
        return any(job.is_alone for job in self._running.values())

    def _start(self) -> Worker:
        worker = Worker(self._level)
        self._workers.append(worker)
        self._selector.register(worker.answers, selectors.EVENT_READ, worker)
        return worker

    def _drop(self, worker: Worker) -> None:
        self._selector.unregister(worker.answers)
        self._workers.remove(worker)
        self._ready.discard(id(worker))
        worker.close()

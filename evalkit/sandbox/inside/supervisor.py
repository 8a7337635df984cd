"""The warm interpreter that talks to evalkit: it has checkers, watches samples, says what became of them."""

from __future__ import annotations

import json
import os
import selectors
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from . import frames, usage, zygote
from .checkers import CheckerProcess, Checkers
from .jail import Walls
from .outbox import Outbox
from .sample import Sample

#: How often samples that are not done are looked at, in seconds.
_TICK_S = 0.02


class Supervisor:
    """Serves evalkit at descriptors ``requests`` and ``answers``.

    It reads what has come, sends what is taken, and waits for nobody, who could then hold up all the others.
    """

    def __init__(self, requests: int, answers: int, orders: socket.socket, walls: Walls, tmp: str) -> None:
        self._requests, self._orders = requests, orders
        self._walls, self._tmp = walls, tmp
        self._samples: dict[int, Sample] = {}
        self._from_evalkit, self._from_zygote = frames.FrameBuffer(), frames.FrameBuffer()
        self._next_tick = 0.0
        self._selector = selectors.DefaultSelector()
        self._to_evalkit = Outbox(answers, self._selector)
        self._to_zygote = Outbox(orders, self._selector)
        self._checkers = Checkers(walls, self._selector)
        self._selector.register(requests, selectors.EVENT_READ, self._on_request)
        self._selector.register(orders, selectors.EVENT_READ, self._on_report)
        self._task: Callable[[], None] | None = None
        self._is_over = False

    def serve(self) -> Callable[[], None] | None:
        """Work until evalkit or the zygote is gone (None), or, in a child, what the child is to do."""
        while not self._is_over:
            for key, _ in self._selector.select(_TICK_S if self._samples else None):
                key.data()
                if self._task is not None:
                    return self._task
            if self._samples and time.monotonic() >= self._next_tick:
                self._look()
        return None

    def _on_request(self) -> None:
        chunk = os.read(self._requests, 1 << 18)
        self._is_over = self._is_over or not chunk
        for data in self._from_evalkit.feed(chunk):
            request = json.loads(data)
            if request["do"] == "cancel":
                self._end(request["id"], "cancelled")
            else:
                self._begin(request)
            if self._task is not None:  # In a child, where the rest is the parent's to do.
                return

    def _begin(self, request: dict[str, Any]) -> None:
        taken = self._checkers.take()
        if not isinstance(taken, CheckerProcess):
            self._task = taken
            return
        ours, theirs = socket.socketpair()
        output, output_end = os.pipe()
        # The program can open its end for reading: what was there to be read may be gone.
        os.set_blocking(output, False)
        order = {"do": "run", "id": request["id"], "limits": request["limits"], "tmp": self._tmp}
        self._to_zygote.send(zygote.as_order(order), [theirs.fileno(), output_end])
        taken.judge(request, ours.fileno())
        for end in (ours, theirs):
            end.close()
        os.close(output_end)
        sample = Sample(request["id"], request["limits"], taken, output)
        taken.sample = sample
        self._samples[sample.number] = sample
        self._selector.register(output, selectors.EVENT_READ, partial(self._on_output, sample))
        if taken.orders.fileno() not in self._selector.get_map():
            self._selector.register(taken.orders, selectors.EVENT_READ, partial(self._on_checker, taken))

    def _on_report(self) -> None:
        chunk = self._orders.recv(1 << 16)
        self._is_over = self._is_over or not chunk
        for data in self._from_zygote.feed(chunk):
            what, number, *parts = json.loads(data)
            sample = self._samples.get(number)
            if sample is None:
                continue
            if what == "started":
                sample.pid = parts[0]
            else:
                sample.ended, sample.cpu_s = parts[0], max(sample.cpu_s, parts[1])
                self._conclude(sample)

    def _on_output(self, sample: Sample) -> None:
        if sample.output_fd < 0:  # Closed by what came before it in the same round.
            return
        try:
            is_at_end = not sample.take_output(os.read(sample.output_fd, 1 << 16))
        except BlockingIOError:
            return
        if is_at_end:
            self._forget(sample.output_fd)
            sample.output_fd = -1
            self._conclude(sample)
        if sample.is_over_output:
            self._end(sample.number, "output")

    def _on_checker(self, process: CheckerProcess) -> None:
        verdict = process.read()
        sample: Sample | None = process.sample
        if verdict is None:
            self._selector.unregister(process.orders)
            self._checkers.forget(process)
            code = process.reap()
            if sample is not None:
                sample.checked, sample.checked_at = code, time.monotonic()
                self._kill(sample)
                self._conclude(sample)
        elif verdict and sample is not None:
            sample.verdict, sample.checked, sample.checked_at = verdict, 0, time.monotonic()
            self._checkers.put_back(process, can_stay=verdict.startswith(b"[true"))
            self._conclude(sample)

    def _look(self) -> None:
        """Hold every sample against its limits."""
        now = time.monotonic()
        self._next_tick = now + _TICK_S
        old = [sample for sample in self._samples.values() if now - sample.begun > _TICK_S and sample.pid]
        used = usage.usages(sample.pid for sample in old) if old else {}
        for sample in old:
            if sample.checked is not None:
                if sample.has_lingered(now):
                    self._kill(sample)
                continue
            reason = sample.breach(now, used.get(sample.pid, usage.Usage()), self._walls.base_rss)
            if reason is not None:
                if not sample.checker.has_news:
                    self._end(sample.number, reason)
            elif sample.fell_asleep(now):
                self._answer({"asleep": sample.number})

    def _end(self, number: int, reason: str) -> None:
        sample = self._samples.get(number)
        if sample is None or sample.why is not None:
            return
        sample.why = reason
        self._kill(sample)
        if sample.checked is None:
            sample.checker.kill()

    def _kill(self, sample: Sample) -> None:
        self._to_zygote.send(zygote.as_order({"do": "kill", "id": sample.number}))

    def _conclude(self, sample: Sample) -> None:
        """Answer as soon as nothing can change the answer: namespaces go down more slowly than samples."""
        if sample.can_be_answered:
            sample.is_answered = True
            if sample.output_fd >= 0:
                sample.drain()
                self._forget(sample.output_fd)
                sample.output_fd = -1
                if sample.is_over_output:  # The report of its end overtook its last words.
                    sample.why = sample.why or "output"
            self._answer(sample.outcome())
        if sample.is_answered and sample.ended is not None:
            del self._samples[sample.number]

    def _forget(self, fd: int) -> None:
        self._selector.unregister(fd)
        os.close(fd)

    def _answer(self, message: dict[str, Any]) -> None:
        self._to_evalkit.send(frames.frame(json.dumps(message).encode()))

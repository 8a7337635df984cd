"""What the interpreter that watches samples makes of news that come at an awkward time."""

from __future__ import annotations

import json
import os
import selectors
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from evalkit.sandbox.inside import frames, zygote
from evalkit.sandbox.inside.checkers import CheckerProcess
from evalkit.sandbox.inside.jail import Walls
from evalkit.sandbox.inside.outbox import Outbox
from evalkit.sandbox.inside.sample import Sample
from evalkit.sandbox.inside.supervisor import Supervisor

LIMITS = {"cpu_s": 1.0, "check_cpu_s": 1.0, "wall_s": 1.0, "processes": 4, "memory_mb": 64, "output_kb": 1}


@dataclass
class Place:
    """A supervisor with its three ways out in the test's hands."""

    supervisor: Supervisor
    requests: int
    answers: int
    orders: socket.socket

    def ask(self, *requests: dict[str, Any]) -> None:
        """Requests that arrive together."""
        os.write(self.requests, b"".join(frames.frame(json.dumps(each).encode()) for each in requests))
        self.supervisor._on_request()

    def answer(self) -> dict[str, Any]:
        data = frames.read_frame(self.answers, 1 << 20)
        assert data is not None
        return dict(json.loads(data))


@pytest.fixture
def place() -> Iterator[Place]:
    requests, asked = os.pipe()
    answered, answers = os.pipe()
    ours, theirs = socket.socketpair()
    supervisor = Supervisor(requests, answers, ours, Walls(False, True), "/nowhere")
    yield Place(supervisor, asked, answered, theirs)
    supervisor._selector.close()
    for end in (requests, asked, answered, answers):
        os.close(end)
    ours.close()
    theirs.close()


class Checker:
    """One that can be told to end, and whether it was."""

    is_killed = has_news = False
    cpu_s = waited_s = 0.0

    def kill(self) -> None:
        self.is_killed = True


def running(place: Place, number: int) -> tuple[Sample, int]:
    """A sample that the supervisor watches, and the end that the program prints to."""
    output, end = os.pipe()
    sample = Sample(number, LIMITS, Checker(), output)  # type: ignore[arg-type]
    place.supervisor._samples[number] = sample
    place.supervisor._selector.register(output, selectors.EVENT_READ, lambda: None)
    return sample, end


def test_a_child_that_becomes_a_checker_carries_out_no_request_of_its_parent(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample, end = running(place, 1)
    monkeypatch.setattr(place.supervisor._checkers, "take", lambda: lambda: None)
    place.ask({"do": "run", "id": 2, "limits": LIMITS}, {"do": "cancel", "id": 1})
    assert place.supervisor._task is not None
    assert sample.why is None
    assert not sample.checker.is_killed
    os.close(end)
    os.close(sample.output_fd)


@pytest.mark.parametrize("has_news", [False, True])
def test_a_verdict_that_only_waits_to_be_read_counts_before_the_clock(place: Place, has_news: bool) -> None:
    sample, end = running(place, 1)
    sample.begun, sample.pid = 0.0, os.getpid()
    sample.cpu_s = 2.0
    sample.checker.has_news = has_news  # type: ignore[misc]
    place.supervisor._look()
    assert sample.why == (None if has_news else "timeout (CPU 1 s)")
    os.close(end)
    os.close(sample.output_fd)


def test_output_beyond_the_limit_counts_though_the_end_is_reported_first(place: Place) -> None:
    sample, end = running(place, 1)
    os.write(end, b"x" * 2048)
    os.close(end)
    sample.verdict, sample.checked, sample.ended = b'[true, "passed", "passed"]', 0, 0
    place.supervisor._conclude(sample)
    answer = place.answer()
    assert (answer["status"], answer["reason"]) == ("failed", "output")


LARGE = "x" * 2_000_000


def turn(place: Place) -> None:
    """What the supervisor does when something has come or is taken."""
    for key, _ in place.supervisor._selector.select(0):
        key.data()


def test_a_checker_that_takes_nothing_holds_up_nobody_and_gets_all_of_its_order_later(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = socket.socketpair()
    checker = CheckerProcess(ours, os.getpid(), place.supervisor._selector)
    monkeypatch.setattr(place.supervisor._checkers, "take", lambda: checker)
    place.supervisor._begin({"do": "run", "id": 7, "limits": LIMITS, "source": LARGE})
    received = zygote.receive(place.orders)
    assert received is not None
    assert received[0]["id"] == 7
    with theirs, ThreadPoolExecutor(1) as pool:
        order = pool.submit(zygote.receive, theirs)
        while not order.done():
            turn(place)
        assert order.result() is not None
        request, fds = order.result() or ({}, [])
    assert request["source"] == LARGE
    checker._outbox.close()
    ours.close()
    for fd in (*fds, *received[1], place.supervisor._samples[7].output_fd):
        os.close(fd)


def test_evalkit_and_the_forker_may_take_their_time(place: Place) -> None:
    for number in range(1000):
        place.supervisor._answer({"number": number, "output": "x" * 1000})
        place.supervisor._kill(Sample(number, LIMITS, Checker(), -1))  # type: ignore[arg-type]
    for number in range(1000):
        turn(place)
        assert place.answer()["number"] == number
        assert zygote.receive(place.orders) == ({"do": "kill", "id": number}, [])


def test_a_program_that_takes_its_own_output_away_holds_up_nobody(place: Place) -> None:
    sample, end = running(place, 1)
    os.set_blocking(sample.output_fd, False)
    place.supervisor._on_output(sample)
    assert sample.output_fd >= 0
    os.close(end)
    os.close(sample.output_fd)


def test_what_a_reader_that_is_gone_should_have_got_is_dropped() -> None:
    ours, theirs = socket.socketpair()
    with ours, open(os.devnull) as other, selectors.DefaultSelector() as selector:
        box = Outbox(ours, selector)
        box.send(LARGE.encode(), [other.fileno()])
        box.send(b"more", [other.fileno()])
        theirs.close()
        for key, _ in selector.select(0):
            key.data()
        assert not selector.get_map()

"""How programs are dealt out, and what happens to them when an interpreter is lost or has no time."""

from __future__ import annotations

import selectors
from collections.abc import Iterator
from typing import Any

import pytest

from evalkit.errors import SandboxError
from evalkit.sandbox import scheduler
from evalkit.sandbox.job import Job
from evalkit.sandbox.limits import Limits
from evalkit.sandbox.outcome import ProgramOutcome
from evalkit.sandbox.program import Program
from evalkit.sandbox.scheduler import Scheduler


class Interpreter:
    """A worker that does nothing but remember; its answers are given by the test."""

    def __init__(self, level: str) -> None:
        self.taken: set[int] = set()
        self.asleep: set[int] = set()
        self.answers = object()
        self.sent: list[dict[str, Any]] = []
        self.says: list[dict[str, Any]] | None = []
        self.is_closed = False
        self.has_unread = False

    def send(self, message: dict[str, Any]) -> bool:
        self.sent.append(message)
        return True

    def read(self) -> Iterator[dict[str, Any]]:
        if self.says is None:
            raise SandboxError("sandbox level bwrap ended: signal 9")
        yield from self.says
        self.says = []

    def close(self) -> None:
        self.is_closed = True


class Selector:
    def register(self, *_: object) -> None: ...

    def unregister(self, *_: object) -> None: ...


@pytest.fixture
def interpreters(monkeypatch: pytest.MonkeyPatch) -> list[Interpreter]:
    made: list[Interpreter] = []

    def make(level: str) -> Interpreter:
        made.append(Interpreter(level))
        return made[-1]

    monkeypatch.setattr(scheduler, "Worker", make)
    return made


def dealt(n_workers: int = 1) -> Scheduler:
    selector: Any = Selector()
    assert isinstance(selectors.DefaultSelector(), selectors.BaseSelector)
    return Scheduler("bwrap", n_workers, selector)


def job(number: int) -> Job:
    return Job(number, Program("", "", "f"), Limits())


def say(table: Scheduler, interpreter: Any, *messages: dict[str, Any]) -> None:
    interpreter.says = list(messages)
    table.on_answers(interpreter)
    table.deal()


def answer(number: int, status: str = "passed") -> dict[str, Any]:
    return {"id": number, "status": status, "reason": status, "cpu_s": 0.0, "wall_s": 0.0, "output": ""}


def test_an_interpreter_has_two_in_hand_and_gets_the_next_when_one_is_done(
    interpreters: list[Interpreter],
) -> None:
    table = dealt()
    jobs = [job(number) for number in range(4)]
    for each in jobs:
        table.add(each)
    table.deal()
    say(table, interpreters[0], {"ready": 1})
    assert [each["id"] for each in interpreters[0].sent] == [0, 1]
    say(table, interpreters[0], answer(0))
    assert [each["id"] for each in interpreters[0].sent] == [0, 1, 2]
    assert jobs[0].future.result().passed


def test_one_that_sleeps_gives_its_place_to_another(interpreters: list[Interpreter]) -> None:
    table = dealt()
    for number in range(4):
        table.add(job(number))
    table.deal()
    say(table, interpreters[0], {"ready": 1})
    say(table, interpreters[0], {"asleep": 0}, {"asleep": 1})
    assert [each["id"] for each in interpreters[0].sent] == [0, 1, 2, 3]


def test_a_starved_program_runs_once_more_alone_and_is_then_undecided(
    interpreters: list[Interpreter],
) -> None:
    table = dealt()
    starved, other, later = job(0), job(1), job(2)
    for each in (starved, other):
        table.add(each)
    table.deal()
    say(table, interpreters[0], {"ready": 1})
    say(table, interpreters[0], answer(0, "starved"))
    assert [each["id"] for each in interpreters[0].sent] == [0, 1]
    say(table, interpreters[0], answer(1))
    assert [each["id"] for each in interpreters[0].sent] == [0, 1, 0]
    table.add(later)
    table.deal()
    assert [each["id"] for each in interpreters[0].sent] == [0, 1, 0]
    say(table, interpreters[0], answer(0, "starved"))
    assert not starved.future.result().is_decided
    assert [each["id"] for each in interpreters[0].sent] == [0, 1, 0, 2]


def test_what_a_lost_interpreter_had_in_hand_runs_on_another(interpreters: list[Interpreter]) -> None:
    table = dealt()
    one = job(0)
    table.add(one)
    table.deal()
    say(table, interpreters[0], {"ready": 1})
    interpreters[0].says = None
    table.on_answers(interpreters[0])  # type: ignore[arg-type]
    table.deal()
    assert interpreters[0].is_closed
    say(table, interpreters[1], {"ready": 1})
    assert [each["id"] for each in interpreters[1].sent] == [0]
    say(table, interpreters[1], answer(0))
    assert one.future.result().passed


def test_a_program_that_takes_two_interpreters_along_is_undecided(interpreters: list[Interpreter]) -> None:
    table = dealt()
    one = job(0)
    table.add(one)
    for at in range(2):
        table.deal()
        say(table, interpreters[at], {"ready": 1})
        interpreters[at].says = None
        table.on_answers(interpreters[at])  # type: ignore[arg-type]
    outcome = one.future.result()
    assert outcome == ProgramOutcome("undecided", outcome.reason)
    assert "2 warm interpreters ended" in outcome.reason


def test_when_no_interpreter_lives_long_enough_waiting_programs_get_the_reason(
    interpreters: list[Interpreter],
) -> None:
    table = dealt()
    one = job(0)
    table.add(one)
    for at in range(5):
        table.deal()
        interpreters[at].says = None
        table.on_answers(interpreters[at])  # type: ignore[arg-type]
    with pytest.raises(SandboxError, match="signal 9"):
        one.future.result()


def test_more_interpreters_start_only_while_there_is_more_to_do(interpreters: list[Interpreter]) -> None:
    table = dealt(n_workers=8)
    table.add(job(0))
    table.deal()
    say(table, interpreters[0], {"ready": 1})
    assert len(interpreters) == 1

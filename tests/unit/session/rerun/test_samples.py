"""Asserted samples that failed, asked again: how each comes out, and what is asked."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.runner.rounds import Ask
from evalkit.runner.unit import FurtherAnswer, Unit
from evalkit.session.outcome import ItemOutcome
from evalkit.session.rerun.samples import MOST_ASKS, FailedSample, RerunSamples
from evalkit.store.own_history import OwnValues
from tests.unit.runner.test_runner import Echo, make_unit

FAILED = ItemOutcome("fail", "sample 0: contains: refund")


def unit_of(*repeats: float, n: int = 1) -> Unit:
    """Samples that all got these values from their assertions in the first pass."""
    unit = make_unit(Echo(), n=n, n_repeats=len(repeats))
    for position in range(unit.n_total):
        value = repeats[position % len(repeats)]
        unit.record_answer(position, Response("x"), (Score("asserts", value),))
    return unit


def before(n: int, n_failed: int) -> OwnValues:
    return OwnValues(n, n, 1 - n_failed / n, 0.0, 0.0, 1.0, None)


def run(
    suspects: list[FailedSample], answers: dict[int, list[float | None]], budget: int = 100
) -> list[list[int]]:
    """Ask until there is no more to ask; the samples of each round."""
    again = RerunSamples(suspects)
    rounds: list[list[int]] = []
    while asks := again.next_round(budget):
        budget -= len(asks)
        rounds.append([ask.sample_index for ask in asks])
        for ask in asks:
            _answer(again, ask, answers[ask.sample_index][ask.repeat - ask.unit.n_repeats])
    return rounds


def _answer(again: RerunSamples, ask: Ask, value: float | None) -> None:
    score = Score("asserts", value) if value is not None else Score("asserts", error="no response to score")
    response = Response("x", repeat=ask.repeat)
    ask.unit.record_further(FurtherAnswer(ask.sample_index, response, (score,), ask.is_recheck))
    again.on_answer(ask, (score,))


def suspect(unit: Unit, index: int = 0, history: OwnValues | None = None) -> FailedSample:
    return FailedSample(f"node-{index}", unit, index, FAILED, history)


def outcome(
    *repeats: float, later: list[float | None], history: OwnValues | None = None, budget: int = 100
) -> tuple[ItemOutcome, int]:
    """How a sample comes out, and how often it was asked again."""
    one = suspect(unit_of(*repeats), history=history)
    rounds = run([one], {0: later}, budget)
    return one.verdict(), len(rounds)


def test_a_sample_that_always_fails_is_asked_three_times_and_stays_a_failure() -> None:
    found, n_asked = outcome(0.0, later=[0.0, 0.0, 0.0])
    assert (found.verdict, n_asked) == ("fail", MOST_ASKS)
    assert found.detail == f"asked again: failed 4 of 4\n{FAILED.detail}"


def test_asking_ends_with_the_first_answer_that_holds() -> None:
    found, n_asked = outcome(0.0, later=[0.0, 1.0])
    assert (found.verdict, n_asked) == ("undecided", 2)
    assert found.detail == f"flaky: held in 1 of 3 answers\n{FAILED.detail}"


def test_an_answer_that_cannot_be_judged_is_asked_for_and_says_nothing() -> None:
    found, n_asked = outcome(0.0, later=[None, 0.0, None])
    assert (found.verdict, n_asked) == ("fail", 3)
    assert "asked again: failed 2 of 2, 2 further answers could not be scored" in found.detail


def test_repeats_that_disagree_need_no_further_answer() -> None:
    found, n_asked = outcome(0.0, 1.0, 1.0, later=[])
    assert (found.verdict, n_asked) == ("undecided", 0)
    assert "flaky: held in 2 of 3 answers" in found.detail


@pytest.mark.parametrize(
    ("history", "verdict"),
    # One of two failed now: p = 2/42 after none of 40, 1/20 after none of 38, 2/39 after none of 37.
    [
        (before(40, 0), "fail"),
        (before(38, 0), "fail"),
        (before(37, 0), "undecided"),
        (before(40, 1), "undecided"),
    ],
)
def test_a_failure_that_is_new_stays_a_failure(history: OwnValues, verdict: str) -> None:
    found, _ = outcome(0.0, later=[1.0], history=history)
    assert found.verdict == verdict
    assert ("failing is new: failed 1 of 2 now and 0 of" in found.detail) == (verdict == "fail")


def test_every_sample_is_asked_once_before_any_is_asked_twice() -> None:
    unit = unit_of(0.0, n=3)
    suspects = [suspect(unit, index) for index in range(3)]
    rounds = run(suspects, {0: [0.0, 0.0, 0.0], 1: [1.0], 2: [0.0, 1.0]})
    assert rounds == [[0, 1, 2], [0, 2], [0]]


@pytest.mark.parametrize("budget", range(7))
def test_no_more_is_asked_than_is_left(budget: int) -> None:
    unit = unit_of(0.0, n=3)
    suspects = [suspect(unit, index) for index in range(3)]
    rounds = run(suspects, {index: [0.0, 0.0, 0.0] for index in range(3)}, budget)
    assert sum(map(len, rounds)) == min(budget, 9)


def test_a_sample_that_was_not_reached_says_that_the_budget_is_spent() -> None:
    found, _ = outcome(0.0, later=[], budget=0)
    assert found == ItemOutcome("fail", f"not asked again: --llm-rerun is spent\n{FAILED.detail}")


def test_recorded_answers_stay_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded: Any = Echo
    monkeypatch.setattr(recorded, "is_recorded", True, raising=False)
    found, n_asked = outcome(0.0, later=[])
    assert (found, n_asked) == (FAILED, 0)


def test_answers_are_counted_once_for_a_round_however_many_samples_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unit = unit_of(0.0, n=20)
    counted: list[Unit] = []
    count = Unit.next_repeats

    def counting(self: Unit) -> list[int]:
        counted.append(self)
        return count(self)

    monkeypatch.setattr(Unit, "next_repeats", counting)
    RerunSamples([suspect(unit, index) for index in range(20)]).next_round(20)
    assert len(counted) == 1

"""Scorers over one Response: a broken scorer is a failed Score, never a lost Response."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from math import isfinite
from time import perf_counter

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.text import visible
from evalkit.core.user_code import caught, contained, told
from evalkit.redaction.redact import redact
from evalkit.scorers.scorer import Scorer

#: Seconds in the loop after which a scorer delays the calls in flight, so that it goes on in a thread.
SLOW_S = 0.003

#: Characters of an error that are looked at, and that are kept.
_READ_CHARS = 20_000
_SHOWN_CHARS = 1000

Judged = Score | Awaitable[Score]


class Scoring:
    """Where scorers work: quick ones in the event loop, where the times of calls are taken, slow ones aside.

    A scorer begins aside and may work in the loop after one quick call. Each slow call there makes it prove
    itself eight times as often: what is slow now and then delays few calls, and what a busy machine made slow
    once is back soon.

    Args:
        aside: one thread, so that no scorer is called twice at a time.
    """

    def __init__(self, aside: Executor) -> None:
        self._aside = aside
        self._to_prove: dict[int, int] = {}
        self._n_slow: dict[int, int] = {}

    async def judge(self, scorer: Scorer, sample: Sample, response: Response) -> Judged:
        """What the scorer says, or will say. Never raises for a broken scorer."""
        if not self._to_prove.get(id(scorer), 1):
            return self._timed(scorer, sample, response)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._aside, self._timed, scorer, sample, response)

    def _timed(self, scorer: Scorer, sample: Sample, response: Response) -> Judged:
        started = perf_counter()
        result = _judged(scorer, sample, response)
        if perf_counter() - started > SLOW_S:
            self._note_slow(id(scorer))
        elif to_prove := self._to_prove.get(id(scorer), 1):
            self._to_prove[id(scorer)] = to_prove - 1
        return result

    def _note_slow(self, key: int) -> None:
        was_trusted = self._to_prove.get(key, 1) == 0
        self._n_slow[key] = self._n_slow.get(key, 0) + was_trusted
        self._to_prove[key] = 8 ** self._n_slow[key]


async def score_response(
    scorers: Sequence[Scorer], sample: Sample, response: Response, scoring: Scoring | None = None
) -> tuple[Score, ...]:
    """One Score for each scorer, in their order; without ``scoring`` all are called in the running loop."""
    if response.error is not None:
        return tuple(Score(scorer.name, error="no response to judge") for scorer in scorers)
    scores = []
    for scorer in scorers:
        if scoring is None:
            result = _judged(scorer, sample, response)
        else:
            result = await scoring.judge(scorer, sample, response)
        if not isinstance(result, Score):
            result = await _awaited(scorer, result)
        scores.append(_checked(scorer, result))
    return tuple(scores)


def describe(error: BaseException) -> str:
    """One line for people: evalkit's own errors as they are, others with their type. Whatever a server or a
    library says in it, it holds no credential and no character that a terminal obeys."""
    return _cleaned(told(error, _READ_CHARS))


def _cleaned(text: str) -> str:
    # Cut only after the credentials are out: half of one is not seen as one.
    return visible(redact(" ".join(text.split())))[:_SHOWN_CHARS]


def _judged(scorer: Scorer, sample: Sample, response: Response) -> Judged:
    try:
        return scorer.score(sample, response)
    except BaseException as error:
        return Score(scorer.name, error=describe(caught(error)))


async def _awaited(scorer: Scorer, pending: Awaitable[Score]) -> Score:
    try:
        return await contained(pending)
    except Exception as error:
        return Score(scorer.name, error=describe(error))


def _checked(scorer: Scorer, score: Score) -> Score:
    try:
        if score.error is not None:
            return replace(score, error=_cleaned(str(score.error)))
        if score.value is not None and isfinite(score.value):
            return score
        return Score(scorer.name, error=f"the scorer gave {score.value} for a value")
    except BaseException as error:  # no Score, or a value that is no number
        return Score(scorer.name, error=describe(caught(error)))

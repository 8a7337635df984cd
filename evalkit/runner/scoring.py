"""Scorers over one Response: a broken scorer is a failed Score, never a lost Response."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from math import isfinite
from time import perf_counter

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.text import visible
from evalkit.core.user_code import caught, contained, told
from evalkit.errors import BudgetSpentError
from evalkit.redaction.redact import redact
from evalkit.scorers.scorer import Scorer

#: Seconds that a scorer may take in the loop for each call, and by how much all its calls may exceed that
#: before it goes on in a thread: others that are in flight would wait for it.
ALLOWED_S = 0.0005
MOST_S = 0.03

#: Seconds that a scorer beside the loop may keep the interpreter for itself.
SWITCH_S = 0.0005

#: Calls in a row that show that a scorer is quick, at first and after it was not.
_AT_FIRST, _LATER = 1, 8

#: Characters of an error that are looked at, and that are kept.
_READ_CHARS = 20_000
_SHOWN_CHARS = 1000

Scored = Score | Awaitable[Score]


@dataclass(slots=True)
class _Trust:
    """Calls that a scorer has yet to be quick in (0: it may work in the loop), and what it took too long."""

    n_to_prove: int = _AT_FIRST
    debt_s: float = 0.0

    def note_in_loop(self, elapsed_s: float) -> None:
        self.debt_s = max(0.0, self.debt_s + elapsed_s - ALLOWED_S)
        if self.debt_s > MOST_S:
            self.n_to_prove, self.debt_s = _LATER, 0.0

    def note_aside(self, elapsed_s: float) -> None:
        if elapsed_s <= ALLOWED_S:
            self.n_to_prove -= 1
        else:
            self.n_to_prove = max(self.n_to_prove, _LATER)


class Scoring:
    """Where scorers work: quick ones in the event loop, where the times of calls are taken, slow ones aside.

    A scorer begins aside, and works in the loop once it was quick; where its calls there take too long
    together, it has to show that again. One call that a busy machine made slow is not a reason.

    Args:
        aside: one thread, so that no scorer is called twice at a time.
    """

    def __init__(self, aside: Executor) -> None:
        self._aside = aside
        self._trust: dict[int, _Trust] = {}

    def in_loop(self, scorer: Scorer, sample: Sample, response: Response) -> Scored | None:
        """What the scorer says, or will say; None where it has to work aside."""
        trust = self._trust.get(id(scorer))
        if trust is None and response.is_cached:  # nobody takes its time, and answers stay in their order
            trust = self._trust[id(scorer)] = _Trust(0)
        if trust is None or trust.n_to_prove:
            return None
        started = perf_counter()
        result = _scored(scorer, sample, response)
        elapsed_s = perf_counter() - started
        if elapsed_s > ALLOWED_S or trust.debt_s:
            trust.note_in_loop(elapsed_s)
        return result

    async def beside_loop(self, scorer: Scorer, sample: Sample, response: Response) -> Scored:
        """What the scorer says, or will say, from the other thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._aside, self._timed, scorer, sample, response)

    def _timed(self, scorer: Scorer, sample: Sample, response: Response) -> Scored:
        usual_s = sys.getswitchinterval()
        # A scorer that computes holds the interpreter for 5 ms at a time: the loop is to have it sooner.
        sys.setswitchinterval(min(usual_s, SWITCH_S))
        started = perf_counter()
        result = _scored(scorer, sample, response)
        sys.setswitchinterval(usual_s)
        trust = self._trust.setdefault(id(scorer), _Trust())
        if trust.n_to_prove:
            trust.note_aside(perf_counter() - started)
        return result


async def score_response(
    scorers: Sequence[Scorer], sample: Sample, response: Response, scoring: Scoring | None = None
) -> tuple[Score, ...]:
    """One Score for each scorer, in their order; without ``scoring`` all are called in the running loop.

    Raises BudgetSpentError where a judge is not asked, as the budget of the session is spent.
    """
    if response.error is not None:
        return tuple(Score(scorer.name, error="no response to score") for scorer in scorers)
    scores = []
    for scorer in scorers:
        result: Scored | None
        if scoring is None:
            result = _scored(scorer, sample, response)
        else:
            result = scoring.in_loop(scorer, sample, response)
            if result is None:
                result = await scoring.beside_loop(scorer, sample, response)
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


def _scored(scorer: Scorer, sample: Sample, response: Response) -> Scored:
    try:
        result: Scored | None = scorer.score(sample, response)
        return Score(scorer.name, error="the scorer gave None") if result is None else result
    except BaseException as error:
        return Score(scorer.name, error=describe(caught(error)))


async def _awaited(scorer: Scorer, pending: Awaitable[Score]) -> Score:
    try:
        return await contained(pending)
    except BudgetSpentError:  # what would be judged is left out, and not scored as a failure
        raise
    except Exception as error:
        return Score(scorer.name, error=describe(error))


def _checked(scorer: Scorer, score: Score) -> Score:
    try:
        if score.error is not None:
            return replace(score, error=_cleaned(str(score.error)))
        if score.value is not None and isfinite(score.value):
            if score.values is None or all(map(isfinite, score.values.values())):
                return score
            return Score(scorer.name, error=f"the scorer gave {dict(score.values)} for its values")
        return Score(scorer.name, error=f"the scorer gave {score.value} for a value")
    except BaseException as error:  # no Score, or a value that is not a number
        return Score(scorer.name, error=describe(caught(error)))

"""Scorers over one Response: a broken scorer is a failed Score, never a lost Response."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.text import visible
from evalkit.errors import EvalkitError
from evalkit.redaction.redact import redact
from evalkit.scorers.scorer import Scorer


async def score_response(scorers: Sequence[Scorer], sample: Sample, response: Response) -> tuple[Score, ...]:
    """One Score for each scorer, in their order."""
    if response.error is not None:
        return tuple(Score(scorer.name, error="no response to judge") for scorer in scorers)
    scores = []
    for scorer in scorers:
        try:
            score = scorer.score(sample, response)
            if not isinstance(score, Score):
                score = await score
            if score.error is None and not (score.value is not None and isfinite(score.value)):
                score = Score(scorer.name, error=f"the scorer gave {score.value} for a value")
            elif score.error is not None:
                score = replace(score, error=_told(score.error))
        except Exception as error:
            score = Score(scorer.name, error=describe(error))
        scores.append(score)
    return tuple(scores)


def describe(error: BaseException) -> str:
    """One line for people: evalkit's own errors as they are, others with their type. Whatever a server or a
    library says in it, it holds no credential and no character that a terminal obeys."""
    if isinstance(error, EvalkitError):
        text = str(error)
    else:
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return _told(text)


def _told(text: str) -> str:
    # Cut only after the credentials are out: half of one is not seen as one.
    return visible(redact(" ".join(str(text).split())))[:1000]

"""What judges would be asked about an answer: its scorers are let ask, and none of them is answered."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from inspect import isawaitable

from evalkit.core.judge_signature import asks_judge
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.user_code import caught
from evalkit.errors import ModelError
from evalkit.models.model import Model
from evalkit.scorers.scorer import Scorer

#: What stands for an answer that nobody knows yet.
_CHAR, _BYTES_OF_TOKEN = "x", 4

_asked: ContextVar[list[tuple[Model, Request]] | None] = ContextVar("asked", default=None)


def asking_scorers(scorers: Sequence[Scorer]) -> list[Scorer]:
    """Those that ask judges."""
    return [scorer for scorer in scorers if asks_judge(scorer.signature)]


def note_probed(model: Model, request: Request) -> None:
    """A judge is about to be asked. Raises ModelError where that is all that was to be found out."""
    asked = _asked.get()
    if asked is not None:
        asked.append((model, request))
        raise ModelError("it is only counted")


async def judge_requests(
    scorers: Sequence[Scorer], sample: Sample, response: Response
) -> list[tuple[Model, Request]]:
    """Each call of a judge that scoring this answer would begin with; what is repeated as it could not be
    read is not among them. Only scorers that ask judges are called."""
    asked: list[tuple[Model, Request]] = []
    token = _asked.set(asked)
    try:
        for scorer in asking_scorers(scorers):
            try:
                pending = scorer.score(sample, response)
                if isawaitable(pending):
                    await pending
            except Exception as error:  # what cannot be asked is told where it is asked in earnest
                caught(error)
    finally:
        _asked.reset(token)
    return asked


def longest_answer(n_tokens: int) -> Response:
    """An answer of so many tokens that nobody has given yet."""
    return Response(_CHAR * (_BYTES_OF_TOKEN * n_tokens))

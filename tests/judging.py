"""A small scorer that asks a judge, and judge Models that are functions of this module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from typing import ClassVar, Self

from evalkit.core.judgement import Judgement
from evalkit.core.message import Message
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score, ScoreKind
from evalkit.errors import ModelError
from evalkit.registry import SCORERS
from evalkit.scorers.base import BaseScorer
from evalkit.scorers.judge.door import JudgeDoor
from evalkit.scorers.settings import ScorerSettings

#: Specs of judges that are functions of this module.
STRICT, MOODY, LOST = (f"python:tests.judging:{name}" for name in ("strict", "moody", "lost"))

#: What judges were asked, in order.
asked: list[str] = []


def strict(text: str) -> str:
    """Likes what is written large."""
    asked.append(text)
    return "yes" if text.isupper() else "no"


def moody(text: str) -> str:
    """Says yes and no in turn to each text; which comes first is up to the text."""
    asked.append(text)
    return ("yes", "no")[(asked.count(text) + len(text) + text.isupper()) % 2]


def lost(text: str) -> str:
    """Never answers."""
    asked.append(text)
    raise ModelError("the judge is out")


@dataclass(frozen=True)
class Asks(BaseScorer):
    """1 where the judge says yes, the mean over its rounds."""

    name = "asks"
    kind: ClassVar[ScoreKind | None] = "graded"

    model: str | None = None
    rubric: str = ""
    _door: ClassVar[JudgeDoor]

    def bound(self, settings: ScorerSettings) -> Self:
        mine = copy(self)
        mine._set("_door", settings.judges)
        spec = settings.judges.spec_of(self.model)
        mine._set("signature", f"asks(model={spec},prompt=0123456789ab,rubric={self.rubric or '-'})")
        return mine

    async def score(self, sample: Sample, response: Response) -> Score:
        judge = self._door.open(self.model)
        said = []
        for number in range(self._door.n_rounds):
            request = Request(
                (Message("user", response.output or ""),), GenerateParams(), Sample("judged", "")
            )
            try:
                answer = await judge.ask(request, sample, number)
            except ModelError as error:
                said.append(Judgement("asks", judge.label, round=number, error=str(error)))
                continue
            is_yes = answer.output == "yes"
            said.append(
                Judgement(
                    "asks",
                    judge.label,
                    answer.model_revision,
                    number,
                    None,
                    answer.output,
                    float(is_yes),
                    prompt_tokens=7,
                    completion_tokens=1,
                    cost_usd=0.25,
                    is_cached=answer.is_cached,
                )
            )
        values = [each.value for each in said if each.value is not None]
        if not values:
            return Score("asks", error=said[0].error, judgements=tuple(said))
        return Score("asks", sum(values) / len(values), judgements=tuple(said))


@contextmanager
def registered() -> Iterator[None]:
    """While it lasts ``scorers: [asks]`` is known, and nothing was asked before."""
    asked.clear()
    SCORERS.register("asks", "tests.judging:Asks")
    try:
        yield
    finally:
        SCORERS._targets.pop("asks")
        SCORERS._loaded.pop("asks", None)

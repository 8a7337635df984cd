"""Judges for tests: a door that opens Models itself, and a loopback server that judges as it is told."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from evalkit.core.finish_reason import finish_reason_of
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.subject import ModelSpec
from evalkit.core.task import ScorerSpec
from evalkit.errors import UsageError
from evalkit.models.model import Model, ModelSettings
from evalkit.models.open import open_model
from evalkit.scorers.judge.door import NAME_ONE
from evalkit.scorers.open import open_scorer
from evalkit.scorers.scorer import Scorer
from evalkit.scorers.settings import ScorerSettings
from tests.loopback import Answer, Call, Reply, chat, in_turn, serving

SAMPLE = Sample("s1", "What is 2 + 2?", "4", {"other": "It is five.", "city": "Oslo"})
#: A judge in this process.
APPROVES = "python:tests.judges:approves"


def approves(prompt: str) -> str:
    """Says yes to everything."""
    return '{"reason": "Fine.", "verdict": "yes"}'


class DirectJudge:
    """A Model as a judge, without limits, cache and prices; ``asked`` are (request, round)."""

    def __init__(self, model: Model, *, can_rank: bool) -> None:
        self.model = model
        self.label = model.spec.text
        self.can_rank = can_rank
        self.lacks = model.lacks
        self.asked: list[tuple[Request, int]] = []

    @property
    def revision(self) -> str | None:
        return self.model.revision

    @property
    def carries(self) -> Any:
        return self.model.carries

    async def ask(self, request: Request, sample: Sample, round_: int, /) -> Response:
        self.asked.append((request, round_))
        response = await self.model.respond(request)
        reason = finish_reason_of(response.finish_reason)
        return replace(response, sample_id=sample.id, repeat=round_, finish_reason=reason)


class DirectDoor:
    """Opens each spec once; ``default`` is what ``--llm-judge`` would say."""

    def __init__(self, default: str | None = None, *, n_rounds: int = 1, can_rank: bool = True) -> None:
        self._default = default
        self._can_rank = can_rank
        self.n_rounds = n_rounds
        self.judges: dict[str, DirectJudge] = {}

    def spec_of(self, spec: str | None) -> str:
        if spec is None and self._default is None:
            raise UsageError("no judge Model is named", hint=NAME_ONE)
        return spec or str(self._default)

    def open(self, spec: str | None) -> DirectJudge:
        text = self.spec_of(spec)
        if text not in self.judges:
            model = open_model(ModelSpec.parse(text), ModelSettings())
            self.judges[text] = DirectJudge(model, can_rank=self._can_rank)
        return self.judges[text]

    async def close(self) -> None:
        for judge in self.judges.values():
            await judge.model.close()


async def scored(scorer: Scorer, sample: Sample, response: Response) -> Score:
    """The Score, awaited where the scorer lets one wait."""
    result = scorer.score(sample, response)
    return await result if inspect.isawaitable(result) else result


def judge_with(
    answer: Answer | Sequence[Reply | str], output: str | Response = "It is 4.", sample: Sample = SAMPLE, *,
    n_rounds: int = 1, **params: Any,
) -> tuple[Score, list[Call]]:  # fmt: skip
    """The Score of one output by judges on a loopback server, and the calls that it got.

    Args:
        answer: what the server says to each call, or its replies in turn, texts as chat completions.
        params: of the scorer; ``{root}`` in a model is the server.
    """
    if not callable(answer):
        answer = in_turn(*(chat(each) if isinstance(each, str) else each for each in answer))

    async def run() -> tuple[Score, list[Call]]:
        async with serving(answer) as server:
            door = DirectDoor(f"openai/j?base_url={server.base_url}", n_rounds=n_rounds)
            given = dict(params)
            if "model" in given:
                given["model"] = [each.format(root=server.base_url) for each in given["model"]]
            scorer = open_scorer(ScorerSpec("judge", given), ScorerSettings(judges=door))
            try:
                response = Response(output, "s1") if isinstance(output, str) else output
                return await scored(scorer, sample, response), server.calls
            finally:
                await door.close()

    return asyncio.run(run())


def says(verdict: Any, reason: str = "Because.") -> str:
    """An answer of a judge as it is asked for."""
    import json

    return json.dumps({"reason": reason, "verdict": verdict})

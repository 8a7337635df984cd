"""The answers of one subject of a stored run as a Model, over several tasks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from evalkit.core.account import RECORDED
from evalkit.core.needs import EVERYTHING
from evalkit.core.observations import Observations
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError
from evalkit.models.model import BaseModel


class RunAnswers(BaseModel):
    """Answers as they were given, with what they cost then: nothing is spent on them.

    Args:
        label: what the subject is called.
    """

    default_concurrency = 64
    carries = EVERYTHING
    has_latency = False
    is_recorded = True

    def __init__(self, label: str) -> None:
        super().__init__(ModelSpec("stored", "answers", text=label))
        self._answers: dict[tuple[str, str, int], Response] = {}

    def add(self, task: str, observations: Observations, sample_ids: Collection[str]) -> None:
        """The answers to these samples of a task."""
        for sample_id, each in zip(observations.sample_ids, observations.responses, strict=True):
            if sample_id in sample_ids:
                self._answers[task, sample_id, each.repeat] = each

    async def respond(self, request: Request) -> Response:
        """The stored answer for the request's task, sample and repeat. Raises ModelError."""
        found = self._answers.get((request.task, request.sample.id, request.repeat))
        if found is None:
            raise ModelError(f"sample {request.sample.id!r} has no stored answer that may be judged")
        if found.error is not None:
            raise ModelError(found.error)
        source = found.cost_source
        if found.cost_usd is not None and not (source or "").startswith(RECORDED):
            source = f"{RECORDED}, priced by {source}" if source else RECORDED
        return replace(found, is_cached=False, cost_source=source)

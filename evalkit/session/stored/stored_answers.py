"""The stored responses of an evaluation as a model: scored again, nothing is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from evalkit.core.needs import EVERYTHING
from evalkit.core.observations import Observations
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError
from evalkit.models.model import BaseModel


class StoredAnswers(BaseModel):
    """Answers as they were given. A sample that was not asked then is an error."""

    default_concurrency = 64
    carries = EVERYTHING
    cache_identity = None
    has_latency = False
    is_recorded = True

    def __init__(self, observations: Observations) -> None:
        super().__init__(ModelSpec("stored", "answers", text="stored/answers"))
        self.params: Mapping[str, Any] = {}
        keys = zip(observations.sample_ids, observations.responses, strict=True)
        self._answers = {(sample_id, each.repeat): each for sample_id, each in keys}

    async def respond(self, request: Request) -> Response:
        """The stored answer for the request's sample and repeat."""
        found = self._answers.get((request.sample.id, request.repeat))
        if found is None:
            raise ModelError(f"sample {request.sample.id!r} was not asked then")
        if found.error is not None:
            raise ModelError(found.error)
        return replace(found, is_cached=False)

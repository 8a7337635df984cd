"""Anthropic's message batches (https://docs.anthropic.com/en/docs/build-with-claude/batch-processing; the
names are those of ``anthropic.types.messages``).

A batch carries no name of ours. One whose process died before it was noted is told by its time and the number
of its requests, and by the ids in its results.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.text import shown
from evalkit.errors import ModelError
from evalkit.models.batch_model import BatchLimits, BatchPlan, BatchStatus, Handle
from evalkit.models.batches.reading import outcome_of, refuse_ranking, refused, required_text
from evalkit.models.wire.http_model import HttpModel

#: What the vendor says is 100,000 requests and 256 MB; a batch goes out in one call, which has a time limit.
LIMITS = BatchLimits(100_000, 60_000_000)

_PAGE = 100
_MOST_PAGES = 20
#: Seconds that the vendor's clock may be behind ours.
_SKEW_S = 120.0
_COUNTS = ("processing", "succeeded", "errored", "canceled", "expired")


class AnthropicBatches:
    """Batches of the Messages API."""

    limits = LIMITS

    def __init__(self, model: HttpModel, path: str) -> None:
        self._model = model
        self._client = model.client
        self._path = f"{path}/batches"

    def item(self, custom_id: str, request: Request) -> bytes:
        refuse_ranking(request.continuations is not None)
        return orjson.dumps({"custom_id": custom_id, "params": self._model.body_of(request)})

    async def submit(self, plan: BatchPlan, items: Sequence[bytes]) -> Handle:
        made = await self._client.post(self._path, {"requests": [orjson.Fragment(item) for item in items]})
        return {"id": required_text(made, "id")}

    async def find(self, plan: BatchPlan) -> Sequence[Handle]:
        """Those that were made since the plan with as many requests, the oldest first."""
        found: list[Handle] = []
        after = ""
        for _ in range(_MOST_PAGES):
            page = await self._client.get(f"{self._path}?limit={_PAGE}{after}")
            batches = page.get("data") if isinstance(page, dict) else None
            if not isinstance(batches, list):
                raise ModelError(f"the server's list of batches has an unknown form: {shown(page)}")
            young = [batch for batch in batches if _made_at(batch) >= plan.planned_at - _SKEW_S]
            found += [{"id": required_text(b, "id")} for b in young if sum(_counts(b)) == plan.n_items]
            if not page.get("has_more") or len(young) < len(batches) or not batches:
                break
            after = f"&after_id={required_text(batches[-1], 'id')}"
        return found[::-1]

    async def poll(self, handle: Handle) -> BatchStatus:
        batch = await self._client.get(f"{self._path}/{handle['id']}")
        word, (n_open, *ended) = required_text(batch, "processing_status"), _counts(batch)
        return BatchStatus(word, word == "ended", sum(ended) if n_open or word == "ended" else 0)

    async def collect(self, handle: Handle) -> AsyncIterator[tuple[str, Response | ModelError]]:
        async for line in self._client.json_lines(f"{self._path}/{handle['id']}/results"):
            if isinstance(line, dict) and isinstance(line.get("custom_id"), str):
                yield line["custom_id"], self._outcome(line.get("result") or {})

    def _outcome(self, result: Mapping[str, Any]) -> Response | ModelError:
        kind = result.get("type")
        if kind == "succeeded":
            return outcome_of(self._model, result.get("message"))
        error = result.get("error") or {}
        return refused(error.get("error") or error or f"this request is {kind}")


def _counts(batch: Mapping[str, Any]) -> list[int]:
    counts = batch.get("request_counts") or {}
    return [n if isinstance(n := counts.get(key), int) else 0 for key in _COUNTS]


def _made_at(batch: Mapping[str, Any]) -> float:
    """Seconds since the epoch."""
    try:
        return datetime.fromisoformat(required_text(batch, "created_at")).timestamp()
    except ValueError:
        raise ModelError(f"the server's batch has an unknown time: {shown(batch)}") from None

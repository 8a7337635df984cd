"""Gemini's batches, requests and answers within the calls (https://ai.google.dev/gemini-api/docs/batch-api;
the names are those that ``google.genai.batches`` sends and reads)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import orjson

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.text import shown
from evalkit.errors import ModelError
from evalkit.models.batch_model import BatchLimits, BatchPlan, BatchStatus, Handle
from evalkit.models.batches.reading import outcome_of, refuse_ranking, refused, required_text, words
from evalkit.models.wire.http_body import parsed, read_body
from evalkit.models.wire.http_model import HttpModel

#: What the vendor says is 20 MB for requests within the call. All answers come within one as well, and an
#: answer of a thousand tokens is about 6 kB.
LIMITS = BatchLimits(2_000, 18_000_000)

_ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED", "PARTIALLY_SUCCEEDED"})
_PAGE = 100
_MOST_PAGES = 20


class GeminiBatches:
    """Batches of one model."""

    limits = LIMITS

    def __init__(self, model: HttpModel, path: str) -> None:
        """``path`` of the model below the base URL: ``models/NAME``."""
        self._model = model
        self._client = model.client
        self._path = f"{path}:batchGenerateContent"

    def item(self, custom_id: str, request: Request) -> bytes:
        refuse_ranking(request.continuations is not None)
        return orjson.dumps({"request": self._model.body_of(request), "metadata": {"key": custom_id}})

    async def submit(self, plan: BatchPlan, items: Sequence[bytes]) -> Handle:
        requests = {"requests": {"requests": [orjson.Fragment(item) for item in items]}}
        batch = {"batch": {"displayName": plan.label, "inputConfig": requests}}
        return {"name": required_text(await self._client.post(self._path, batch), "name")}

    async def find(self, plan: BatchPlan) -> Sequence[Handle]:
        """By the display name, which is our label."""
        token = ""
        for _ in range(_MOST_PAGES):
            page = await self._read(f"batches?pageSize={_PAGE}{token}")
            for batch in page.get("operations") or ():
                if (batch.get("metadata") or {}).get("displayName") == plan.label:
                    return [{"name": required_text(batch, "name")}]
            if not page.get("nextPageToken"):
                break
            token = f"&pageToken={page['nextPageToken']}"
        return []

    async def poll(self, handle: Handle) -> BatchStatus:
        batch = await self._read(handle["name"])
        about = batch.get("metadata") or {}
        word = required_text(about, "state").removeprefix("BATCH_STATE_").removeprefix("JOB_STATE_")
        stats = about.get("batchStats") or {}  # JSON has 64-bit integers as text
        n_done = sum(int(stats.get(f"{key}RequestCount") or 0) for key in ("successful", "failed"))
        said = (batch.get("error") or {}).get("message")
        told = f": {words(str(said))}" if said else ""
        failure = None if word == "SUCCEEDED" else f"the batch ended ({word}){told}"
        return BatchStatus(word, word in _ENDED, n_done, failure)

    async def collect(self, handle: Handle) -> AsyncIterator[tuple[str, Response | ModelError]]:
        batch = await self._read(handle["name"])
        output = (batch.get("metadata") or {}).get("output") or batch.get("response") or {}
        for each in (output.get("inlinedResponses") or {}).get("inlinedResponses") or ():
            key = (each.get("metadata") or {}).get("key")
            if isinstance(key, str):
                error, answer = each.get("error"), each.get("response")
                yield key, refused(error) if error else outcome_of(self._model, answer)

    async def _read(self, path: str) -> Mapping[str, Any]:
        """An operation that failed holds an error, and is not a failed call."""
        async with self._client.streamed(path, None) as response:
            content = await read_body(response)
        try:
            answer = parsed(content)
        except ValueError:
            raise ModelError("the server answered something that is not JSON", is_retryable=True) from None
        if not isinstance(answer, dict):
            raise ModelError(f"the server's answer has an unknown form: {shown(answer)}", is_retryable=True)
        found: Mapping[str, Any] = self._client.cut_keys(answer)
        return found

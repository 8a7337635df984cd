"""OpenAI's batches: a file of requests goes up, a file of answers comes back
(https://platform.openai.com/docs/guides/batch; the names are those of ``openai.types.Batch``)."""

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
from evalkit.models.wire.http_model import HttpModel

#: Of one file. What the vendor says is 50,000 requests and 200 MB.
LIMITS = BatchLimits(50_000, 190_000_000)

#: Key of a batch's metadata that holds our label.
LABEL = "evalkit_batch"

_ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
#: Of a batch that failed as the account's queue is full: another time it may be taken.
_QUEUE_FULL = "token_limit_exceeded"
_PAGE = 100
#: Pages of the list that are read for a lost batch: it was made in the last minutes before its process died.
_MOST_PAGES = 20


class OpenAiBatches:
    """Batches of one endpoint of the API.

    Args:
        endpoint: where each request is for, as ``/v1/chat/completions``.
    """

    limits = LIMITS

    def __init__(self, model: HttpModel, endpoint: str) -> None:
        self._model = model
        self._client = model.client
        self._endpoint = endpoint

    def item(self, custom_id: str, request: Request) -> bytes:
        """A line of the file."""
        refuse_ranking(request.continuations is not None)
        body = self._model.body_of(request)
        line = {"custom_id": custom_id, "method": "POST", "url": self._endpoint, "body": body}
        return orjson.dumps(line)

    async def submit(self, plan: BatchPlan, items: Sequence[bytes]) -> Handle:
        """Two calls: a file that no batch follows costs nothing."""
        content = b"\n".join([*items, b""])
        name = f"{plan.label}.jsonl"
        file = await self._client.upload("files", {"purpose": "batch"}, "file", name, content)
        order = {
            "input_file_id": required_text(file, "id"),
            "endpoint": self._endpoint,
            "completion_window": "24h",
            "metadata": {LABEL: plan.label},
        }
        return {"id": required_text(await self._client.post("batches", order), "id")}

    async def find(self, plan: BatchPlan) -> Sequence[Handle]:
        """By the label in the metadata, the newest first, as far back as the plan."""
        after = ""
        for _ in range(_MOST_PAGES):
            page = await self._client.get(f"batches?limit={_PAGE}{after}")
            batches = page.get("data") if isinstance(page, dict) else None
            if not isinstance(batches, list):
                raise ModelError(f"the server's list of batches has an unknown form: {shown(page)}")
            for batch in batches:
                if (batch.get("metadata") or {}).get(LABEL) == plan.label:
                    return [{"id": required_text(batch, "id")}]
            if not page.get("has_more") or not batches or _is_older(batches[-1], plan):
                break
            after = f"&after={required_text(batches[-1], 'id')}"
        return []

    async def poll(self, handle: Handle) -> BatchStatus:
        batch = await self._client.get(f"batches/{handle['id']}")
        word, counts = required_text(batch, "status"), batch.get("request_counts") or {}
        n_done = sum(n for key in ("completed", "failed") if isinstance(n := counts.get(key), int))
        errors = _errors(batch)
        is_queue_full = word == "failed" and any(each.get("code") == _QUEUE_FULL for each in errors)
        return BatchStatus(word, word in _ENDED, n_done, _failure(word, errors), is_queue_full)

    async def collect(self, handle: Handle) -> AsyncIterator[tuple[str, Response | ModelError]]:
        """Out of both files: that of answers, and that of what failed."""
        batch = await self._client.get(f"batches/{handle['id']}")
        for key in ("output_file_id", "error_file_id"):
            file_id = batch.get(key)
            if not isinstance(file_id, str):
                continue
            async for line in self._client.json_lines(f"files/{file_id}/content"):
                if isinstance(line, dict) and isinstance(line.get("custom_id"), str):
                    yield line["custom_id"], self._outcome(line)

    def _outcome(self, line: Mapping[str, Any]) -> Response | ModelError:
        answer, error = line.get("response"), line.get("error")
        if not isinstance(answer, dict):
            return refused(error)
        status, body = answer.get("status_code"), answer.get("body")
        if status == 200 and isinstance(body, dict):
            return outcome_of(self._model, body)
        inner = body.get("error", body) if isinstance(body, dict) else body
        return refused(error or inner, status)


def _errors(batch: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What the batch as a whole failed by."""
    told = (batch.get("errors") or {}).get("data") or []
    return [each for each in told if isinstance(each, dict)]


def _failure(word: str, errors: Sequence[Mapping[str, Any]]) -> str | None:
    """Why requests of an ended batch have no answer, as far as the batch itself says it."""
    told = [str(each.get("message") or each.get("code")) for each in errors]
    if told:
        return f"the batch {word}: {words('; '.join(told))}"
    return None if word == "completed" else f"the batch {word}"


def _is_older(batch: Mapping[str, Any], plan: BatchPlan) -> bool:
    """By more than a day: clocks differ."""
    made = batch.get("created_at")
    return isinstance(made, int | float) and made < plan.planned_at - 86_400

"""OpenAI's batches: a file of requests goes up, a file of answers comes back
(https://platform.openai.com/docs/guides/batch; the names are those of ``openai.types.Batch``)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.text import cut, shown, visible
from evalkit.errors import FailureKind, ModelError
from evalkit.models.batch_model import BatchLimits, BatchPlan, BatchStatus, Handle
from evalkit.models.wire.http import HttpReply
from evalkit.models.wire.http_model import HttpModel
from evalkit.redaction.redact import redact

#: Of one file. What the vendor says is 50,000 requests and 200 MB.
LIMITS = BatchLimits(50_000, 190_000_000)
PRICE_SHARE = 0.5

#: Key of a batch's metadata that holds our label.
LABEL = "evalkit_batch"

_ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
_PAGE = 100
#: Pages of the list that are read for a lost batch: it was made in the last minutes before its process died.
_MOST_PAGES = 20


class OpenAiBatches:
    """Batches of one endpoint of the API.

    Args:
        endpoint: where each request is for, as ``/v1/chat/completions``.
    """

    limits = LIMITS
    price_share = PRICE_SHARE

    def __init__(self, model: HttpModel, endpoint: str) -> None:
        self._model = model
        self._client = model.client
        self._endpoint = endpoint

    def item(self, custom_id: str, request: Request) -> bytes:
        """A line of the file."""
        if request.continuations is not None:
            raise ModelError("batches give no log-likelihoods", hint="leave out --llm-batch")
        body = self._model.body_of(request)
        line = {"custom_id": custom_id, "method": "POST", "url": self._endpoint, "body": body}
        return orjson.dumps(line)

    async def submit(self, plan: BatchPlan, items: Sequence[bytes]) -> Handle:
        """Two calls: a file that no batch follows costs nothing."""
        content = b"\n".join([*items, b""])
        name = f"{plan.label}.jsonl"
        file = await self._client.upload("files", {"purpose": "batch"}, "file", name, content)
        order = {
            "input_file_id": _text(file, "id"),
            "endpoint": self._endpoint,
            "completion_window": "24h",
            "metadata": {LABEL: plan.label},
        }
        return {"id": _text(await self._client.post("batches", order), "id")}

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
                    return [{"id": _text(batch, "id")}]
            if not page.get("has_more") or not batches or _is_older(batches[-1], plan):
                break
            after = f"&after={_text(batches[-1], 'id')}"
        return []

    async def poll(self, handle: Handle) -> BatchStatus:
        batch = await self._client.get(f"batches/{handle['id']}")
        word, counts = _text(batch, "status"), batch.get("request_counts") or {}
        n_done = sum(n for key in ("completed", "failed") if isinstance(n := counts.get(key), int))
        return BatchStatus(word, word in _ENDED, n_done, _failure(batch, word))

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

    def _outcome(self, line: dict[str, Any]) -> Response | ModelError:
        answer, error = line.get("response"), line.get("error")
        if not isinstance(answer, dict):
            return _refused(error, None)
        status, body = answer.get("status_code"), answer.get("body")
        if status != 200 or not isinstance(body, dict):
            inner = body.get("error", body) if isinstance(body, dict) else body
            return _refused(error or inner, status)
        try:
            return self._model.read_reply(HttpReply(body, {}))
        except ModelError as refusal:
            return refusal


def _refused(error: Any, status: Any) -> ModelError:
    said = error.get("message") or error.get("code") or error if isinstance(error, dict) else error
    kinds: dict[Any, FailureKind] = {429: "busy"}
    by = f"HTTP {status} in the batch" if status else "the batch has no answer"
    return ModelError(f"{by}: {_words(str(said))}", kind=kinds.get(status))


def _failure(batch: dict[str, Any], word: str) -> str | None:
    """Why requests of an ended batch have no answer, as far as the batch itself says it."""
    errors = (batch.get("errors") or {}).get("data") or []
    told = [str(each.get("message") or each.get("code")) for each in errors if isinstance(each, dict)]
    if told:
        return f"the batch {word}: {_words('; '.join(told))}"
    return None if word == "completed" else f"the batch {word}"


def _words(text: str) -> str:
    """What the server says, on one line, as it may be shown."""
    return cut(visible(redact(" ".join(text.split()))), 300)


def _is_older(batch: dict[str, Any], plan: BatchPlan) -> bool:
    """By more than a day: clocks differ."""
    made = batch.get("created_at")
    return isinstance(made, int | float) and made < plan.planned_at - 86_400


def _text(answer: Any, key: str) -> str:
    value = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(value, str) or not value:
        raise ModelError(f"the server's answer has no {key}: {shown(answer)}", is_retryable=True)
    return value

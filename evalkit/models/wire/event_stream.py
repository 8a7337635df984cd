"""Streams of AWS (``application/vnd.amazon.eventstream``): binary frames with checksums."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from evalkit.errors import ModelError
from evalkit.models.wire.http_body import MAX_BYTES

if TYPE_CHECKING:
    from aiohttp import ClientResponse

#: Exceptions within a stream -> the status that they have outside of one.
_STATUS: Mapping[str, int] = {
    "throttlingException": 429,
    "validationException": 400,
    "serviceUnavailableException": 503,
    "modelTimeoutException": 408,
    "modelStreamErrorException": 424,
}


class Frame(NamedTuple):
    """One event. ``payload`` is JSON, or bytes of a body that comes in parts."""

    kind: str
    payload: bytes


async def frames(response: ClientResponse) -> AsyncIterator[Frame]:
    """The events; an exception within the stream has the kind ``error`` and the form of an error object.

    Raises ModelError where a checksum is wrong, and where all of it is longer than ``MAX_BYTES``.
    """
    from botocore.eventstream import EventStreamBuffer, ParserError

    buffer, size = EventStreamBuffer(), 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > MAX_BYTES:
            raise ModelError(f"the answer is longer than {MAX_BYTES >> 20} MB")
        buffer.add_data(piece)
        try:
            found = list(_frames_in(buffer))
        except ParserError:
            raise ModelError("the stream cannot be read", is_retryable=True) from None
        for frame in found:
            yield frame


def _frames_in(buffer: Any) -> Iterator[Frame]:
    for message in buffer:
        headers = message.headers
        kind = headers.get(":message-type")
        if kind == "event":
            yield Frame(headers.get(":event-type", ""), message.payload)
        else:
            yield Frame("error", _error(headers, message.payload))


def _error(headers: Mapping[str, Any], payload: bytes) -> bytes:
    """``{"error": {"code": …, "message": …}}``, which is how an error that came as an answer is known."""
    name = headers.get(":exception-type") or headers.get(":error-code") or "error"
    told: Any = {}
    with suppress(ValueError):
        told = orjson.loads(payload)
    told = told if isinstance(told, dict) else {}
    text = told.get("message") or told.get("Message") or headers.get(":error-message") or ""
    code = told.get("originalStatusCode") or _STATUS.get(name, 500)
    return orjson.dumps({"error": {"code": code, "message": f"{name}: {text}"}})

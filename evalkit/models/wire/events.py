"""What a server sends piece by piece: server-sent events and lines of JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from evalkit.errors import ModelError
from evalkit.models.wire.http_body import MAX_BYTES

if TYPE_CHECKING:
    from aiohttp import ClientResponse

#: How OpenAI's protocol ends a stream; what comes after it is not read.
DONE = b"[DONE]"


def server_events(response: ClientResponse) -> AsyncIterator[bytes]:
    """The data of each server-sent event (HTML Living Standard, 9.2.6): names, ids and comments are left out.

    Raises ModelError where all of it is longer than ``MAX_BYTES``.
    """
    return data_of(response.content.iter_any())


async def data_of(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The data of each server-sent event in ``pieces``, however these are cut."""
    data: list[bytes] = []
    async for line in _lines(pieces, keeps_empty=True):
        if not line and data:
            yield b"\n".join(data)
            data = []
        elif line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
    # A stream that was cut before the empty line: what it had begun is not an event.


def json_lines(response: ClientResponse) -> AsyncIterator[bytes]:
    """The lines without their ends. Raises ModelError where all of them are longer than ``MAX_BYTES``."""
    return _lines(response.content.iter_any())


async def _lines(pieces: AsyncIterator[bytes], *, keeps_empty: bool = False) -> AsyncIterator[bytes]:
    size, rest = 0, b""
    async for piece in pieces:
        size += len(piece)
        if size > MAX_BYTES:
            raise ModelError(f"the answer is longer than {MAX_BYTES >> 20} MB")
        *lines, rest = (rest + piece).split(b"\n") if b"\n" in piece else (rest + piece,)
        for line in lines:
            line = line.removesuffix(b"\r")
            if line or keeps_empty:
                yield line
    if rest:
        yield rest

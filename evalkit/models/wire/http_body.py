"""Reading what a server sends, of whom nobody knows how much that is."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import orjson

from evalkit.errors import ModelError

if TYPE_CHECKING:
    from aiohttp import ClientResponse

#: Bytes of one body, unpacked: an answer of a million tokens with its log-probabilities is below that.
MAX_BYTES = 32 << 20

#: What the client says it can unpack; aiohttp's own unpacking has no bound.
ACCEPTED = "gzip, deflate"

#: How deep orjson can write: what is deeper could be read and not be kept.
_MAX_DEPTH = 250


async def read_body(response: ClientResponse) -> bytes:
    """The body, unpacked. Raises ModelError where it is larger than ``MAX_BYTES`` or cannot be unpacked."""
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if encoding == "identity":
        length = response.content_length
        if length is not None and length <= MAX_BYTES:
            return await response.read()
        return await _joined(response, None)
    _check_packing(encoding)
    try:
        return await _joined(response, encoding)
    except zlib.error as error:
        raise _unreadable(error) from None


def unpacked(content: bytes, encoding: str) -> bytes:
    """A body that has come whole. Raises ModelError as ``read_body`` does."""
    encoding = encoding.lower()
    if encoding == "identity":
        return content
    _check_packing(encoding)
    try:
        unpack = _unpacking(encoding, content)
        found: bytes = unpack.decompress(content, MAX_BYTES + 1)
    except zlib.error as error:
        raise _unreadable(error) from None
    if len(found) > MAX_BYTES:
        raise _too_long()
    if content and not unpack.eof:
        raise _cut()
    return found


async def _joined(response: ClientResponse, encoding: str | None) -> bytes:
    parts: list[bytes] = []
    size = 0
    unpack: Any = None
    async for data in response.content.iter_any():
        if encoding is not None:
            unpack = unpack or _unpacking(encoding, data)
            data = unpack.decompress(data, MAX_BYTES + 1 - size)
        size += len(data)
        if size > MAX_BYTES:
            raise _too_long()
        parts.append(data)
    if unpack is not None and not unpack.eof:
        raise _cut()
    return b"".join(parts)


def _check_packing(encoding: str) -> None:
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise ModelError(f"the answer is packed in a way that was not asked for ({encoding[:40]!r})")


def _unreadable(error: zlib.error) -> ModelError:
    return ModelError(f"the packed answer cannot be read: {error}", is_retryable=True)


def _too_long() -> ModelError:
    return ModelError(f"the answer is longer than {MAX_BYTES >> 20} MB")


def _cut() -> ModelError:
    return ModelError("the packed answer ends in the middle", is_retryable=True)


async def read_lines(response: ClientResponse) -> AsyncIterator[bytes]:
    """The lines of a body that is not packed, however long it is; empty ones are left out. Raises ModelError
    on a line longer than ``MAX_BYTES``."""
    rest = b""
    async for data in response.content.iter_any():
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if line.strip():
                yield line
        if len(rest) > MAX_BYTES:
            raise ModelError(f"a line of the answer is longer than {MAX_BYTES >> 20} MB")
    if rest.strip():
        yield rest


def _unpacking(encoding: str, first: bytes) -> Any:
    """``deflate`` means zlib's form, and some servers send it without the head."""
    is_bare = encoding == "deflate" and first[:1] and first[0] & 0x0F != 8
    return zlib.decompressobj(-zlib.MAX_WBITS if is_bare else zlib.MAX_WBITS | 32)


def parsed(content: bytes) -> Any:
    """The JSON. Raises ValueError on what is none, and on what is nested too deeply to be written again."""
    value = orjson.loads(content)
    if content.count(b"[") + content.count(b"{") > _MAX_DEPTH:
        try:
            orjson.dumps(value)
        except TypeError:
            raise ValueError("nested too deeply") from None
    return value

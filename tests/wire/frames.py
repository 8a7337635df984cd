"""Binary streams of AWS, written: prelude, headers, payload, each with its CRC-32."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any
from zlib import crc32

import orjson

from tests.loopback import Reply

_TEXT = 7  # the type of a header's value
_HEADERS = {"Content-Type": "application/vnd.amazon.eventstream"}


def frame(payload: bytes, headers: Mapping[str, str]) -> bytes:
    """One message."""
    packed = b"".join([
        struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", _TEXT, len(value)) + value.encode()
        for name, value in headers.items()
    ])  # fmt: skip
    prelude = struct.pack("!II", 12 + len(packed) + len(payload) + 4, len(packed))
    head = prelude + struct.pack("!I", crc32(prelude)) + packed + payload
    return head + struct.pack("!I", crc32(head))


def event(kind: str, payload: Any) -> bytes:
    """An event with JSON, or with bytes as they are."""
    is_raw = isinstance(payload, bytes)
    content_type = "application/octet-stream" if is_raw else "application/json"
    headers = {":message-type": "event", ":event-type": kind, ":content-type": content_type}
    return frame(payload if is_raw else orjson.dumps(payload), headers)


def exception(kind: str, payload: Any) -> bytes:
    """An exception within the stream."""
    return frame(orjson.dumps(payload), {":message-type": "exception", ":exception-type": kind})


def stream(*pieces: bytes, **fields: Any) -> Reply:
    """A reply of messages."""
    return Reply(pieces=pieces, headers=_HEADERS, **fields)

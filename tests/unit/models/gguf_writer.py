"""Writes small GGUF files (version 3) for tests: numbers and texts in the header, tensors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from struct import pack
from typing import Any

import numpy as np

_ALIGNMENT = 32


def write_gguf(path: Path, header: Mapping[str, Any], tensors: Mapping[str, Any]) -> Path:
    """A tensor is a float32 array, or bytes of Q4_1 blocks for one row of 32 values each."""
    head = b"GGUF" + pack("<IQQ", 3, len(tensors), len(header))
    for key, value in header.items():
        head += _text(key) + _value(value)
    data = b""
    for name, tensor in tensors.items():
        is_raw = isinstance(tensor, bytes)
        shape, kind = ((len(tensor) // 20, 32), 3) if is_raw else (tensor.shape, 0)
        sizes = pack(f"<{len(shape)}Q", *reversed(shape))
        head += _text(name) + pack("<I", len(shape)) + sizes + pack("<IQ", kind, len(data))
        data += _padded(tensor if is_raw else tensor.astype(np.float32).tobytes())
    path.write_bytes(_padded(head) + data)
    return path


def _value(value: Any) -> bytes:
    match value:
        case str():
            return pack("<I", 8) + _text(value)
        case float():
            return pack("<If", 6, value)
        case _:
            return pack("<II", 4, value)


def _text(text: str) -> bytes:
    return pack("<Q", len(text)) + text.encode()


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _ALIGNMENT)

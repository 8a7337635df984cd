"""Reading a safetensors file: a JSON header of names, types, shapes and offsets, then the raw numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evalkit.errors import UsageError

_TYPES = {"F32": "<f4", "F16": "<f2", "F64": "<f8", "I64": "<i8"}
_LONGEST_HEADER = 100_000_000


def read_safetensors(path: Path) -> Mapping[str, npt.NDArray[np.float32]]:
    """Every tensor of the file as float32, by name.

    Raises UsageError where the file cannot be read, is cut short or holds a type that is not known.
    Source: the format's description at https://github.com/huggingface/safetensors.
    """
    try:
        data = path.read_bytes()
        n_header = int.from_bytes(data[:8], "little")
        if n_header > min(_LONGEST_HEADER, len(data)):
            raise ValueError("the header is longer than the file")
        header = json.loads(data[8 : 8 + n_header])
        body = memoryview(data)[8 + n_header :]
        return {
            name: _tensor(body, entry)
            for name, entry in header.items()
            if name != "__metadata__" and entry["dtype"] in _TYPES
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"cannot read the weights: {error}", where=str(path)) from None


def _tensor(body: memoryview, entry: Mapping[str, Any]) -> npt.NDArray[np.float32]:
    start, end = entry["data_offsets"]
    flat = np.frombuffer(body[start:end], dtype=_TYPES[entry["dtype"]])
    return flat.reshape(entry["shape"]).astype(np.float32)

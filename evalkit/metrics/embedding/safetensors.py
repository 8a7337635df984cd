"""Reading a safetensors file: a JSON header of names, types, shapes and offsets, then the raw numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evalkit.errors import UsageError

_TYPES = {"F32": np.float32, "F16": np.float16, "F64": np.float64, "I64": np.int64}
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


def _tensor(body: memoryview, entry: Mapping[str, object]) -> npt.NDArray[np.float32]:
    start, end = entry["data_offsets"]  # type: ignore[misc]
    flat = np.frombuffer(body[start:end], dtype=_TYPES[str(entry["dtype"])])  # type: ignore[misc]
    return flat.reshape(entry["shape"]).astype(np.float32)  # type: ignore[call-overload, no-any-return]

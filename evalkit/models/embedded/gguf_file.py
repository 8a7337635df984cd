"""A GGUF file's hyperparameters and weights, read with llama.cpp's own reader and dequantisers."""

from __future__ import annotations

import ctypes as c
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import ModelSpecError
from evalkit.models.embedded import llama_api

Floats = NDArray[np.float32]

_UINT32, _INT32, _FLOAT32, _STRING = 4, 5, 6, 8
_F32 = 0


class GgufFile:
    """An open GGUF file. Raises ModelSpecError where it is none.

    Weights come as float32 arrays whose last axis is the file's first, so that a matrix is (outputs, inputs).
    """

    def __init__(self, path: Path) -> None:
        self._api, self._path = llama_api.load(), path
        self._tensors = c.c_void_p()
        how = llama_api.GgufInit(True, c.pointer(self._tensors))
        self._file = self._api.gguf_init_from_file(str(path).encode(), how)
        if not self._file:
            raise ModelSpecError(
                "llama.cpp cannot load this file", where=str(path), hint="is it a GGUF model?"
            )
        n = self._api.gguf_get_n_tensors(self._file)
        self._ids = {self._api.gguf_get_tensor_name(self._file, i).decode(): i for i in range(n)}
        self._data = np.memmap(path, np.uint8, "r")

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._ids)

    def close(self) -> None:
        if self._file:
            self._api.gguf_free(self._file)
            self._api.ggml_free(self._tensors)
            self._file = None

    def get(self, key: str, default: Any = None) -> Any:
        """A number or text of the header; ``default`` where it is absent or something else."""
        i = self._api.gguf_find_key(self._file, key.encode())
        if i < 0:
            return default
        match self._api.gguf_get_kv_type(self._file, i):
            case 4:
                return self._api.gguf_get_val_u32(self._file, i)
            case 5:
                return self._api.gguf_get_val_i32(self._file, i)
            case 6:
                return self._api.gguf_get_val_f32(self._file, i)
            case 8:
                return self._api.gguf_get_val_str(self._file, i).decode()
        return default

    def shape(self, name: str) -> tuple[int, ...]:
        ne = self._api.gguf_get_tensor_ne(self._file, self._ids[name])
        sizes = [ne[i] for i in range(4)]
        while len(sizes) > 1 and sizes[-1] == 1:
            sizes.pop()
        return tuple(reversed(sizes))

    def n_params(self) -> int:
        return sum(int(np.prod(self.shape(name))) for name in self._ids)

    def read(self, name: str) -> Floats:
        """The tensor in float32: what the stored numbers say, without further rounding."""
        i = self._ids[name]
        kind = self._api.gguf_get_tensor_type(self._file, i)
        start = self._api.gguf_get_data_offset(self._file) + self._api.gguf_get_tensor_offset(self._file, i)
        size = self._api.gguf_get_tensor_size(self._file, i)
        raw = np.ascontiguousarray(self._data[start : start + size])
        if len(raw) < size:
            raise ModelSpecError(f"the file ends inside the tensor {name}", where=str(self._path))
        if kind == _F32:
            return raw.view(np.float32).reshape(self.shape(name))
        values = np.empty(self.shape(name), np.float32)
        traits = self._api.ggml_get_type_traits(kind).contents
        traits.to_float(raw.ctypes.data, values.ctypes.data, values.size)
        return values

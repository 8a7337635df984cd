"""What one call of llama.cpp decodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.models.embedded import llama_api


@dataclass(frozen=True, slots=True)
class Row:
    """One token of a batch: where it stands, which sequences see it, and whose next token it predicts."""

    token: int
    position: int
    sequences: tuple[int, ...]
    predicts: tuple[tuple[int, int], ...] = ()


class LlamaBatch:
    """The arrays behind one ``llama_batch``, filled in place."""

    def __init__(self, n_tokens: int, n_sequences: int) -> None:
        self._token, self._pos = np.zeros(n_tokens, np.int32), np.zeros(n_tokens, np.int32)
        self._n_seq, self._wants = np.zeros(n_tokens, np.int32), np.zeros(n_tokens, np.int8)
        self._seq = np.zeros((n_tokens, n_sequences), np.int32)
        self._seq_rows = self._seq.ctypes.data + np.arange(n_tokens, dtype=np.int64) * self._seq.strides[0]
        arrays = (self._pos, self._n_seq, self._seq_rows, self._wants)
        self._struct = llama_api.Batch(0, self._token.ctypes.data, None, *(a.ctypes.data for a in arrays))

    def fill(self, rows: Sequence[Row]) -> llama_api.Batch:
        for i, row in enumerate(rows):
            self._token[i], self._pos[i] = row.token, row.position
            self._n_seq[i], self._wants[i] = len(row.sequences), bool(row.predicts)
            self._seq[i, : len(row.sequences)] = row.sequences
        self._struct.n_tokens = len(rows)
        return self._struct

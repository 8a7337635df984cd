"""Log-probabilities by llama.cpp, weights as the file has them: the same bits whatever was asked before.

The kernels of llama.cpp round differently for different batch shapes (up to 0.7 nats on a 4-bit model). So
the shapes follow from the request alone: a context is decoded in blocks of BLOCK tokens counted from its
start, the rest of it together with the choices. Whole blocks that the last request had too stay in the KV
cache; they were computed by the very same calls.
"""

from __future__ import annotations

import ctypes as c
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.embedded.llama_batch import LlamaBatch, Row
from evalkit.models.embedded.llama_model import LlamaModel
from evalkit.models.embedded.ranking_engine import RankingRequest, log_sum_exp, too_long

#: Tokens of one decode. In the cache identity: another size gives other roundings.
BLOCK = 32

#: Choices that are decoded together; a request with more goes in rounds.
N_SEQUENCES = 32

_FLASH_ATTENTION = 1

#: Tokens of each choice that are decoded together.
Group = list[Sequence[int]]


class StoredEngine:
    """One llama.cpp context on one thread of its own. Not thread-safe."""

    n_rows = 1

    def __init__(self, model: LlamaModel, n_ctx: int) -> None:
        self._api, self._model = model.api, model
        self.n_ctx = n_ctx
        self._context = self._open(n_ctx)
        self._memory = self._api.llama_get_memory(self._context)
        self._batch = LlamaBatch(BLOCK, N_SEQUENCES)
        self._cached: list[int] = []

    def n_shared(self, context: Sequence[int]) -> int:
        """How many leading tokens of ``context`` need no decoding now."""
        n = 0
        for start in range(0, len(context) - BLOCK, BLOCK):
            if self._cached[start : start + BLOCK] != context[start : start + BLOCK]:
                break
            n = start + BLOCK
        return n

    def rank_all(self, requests: Sequence[RankingRequest]) -> list[list[float] | ModelError]:
        """Natural-log probability of each continuation, or what is wrong, for each request in order."""
        results: list[list[float] | ModelError] = []
        for request in requests:
            fault = too_long(request, self.n_ctx)
            if fault is None:
                try:
                    results.append(self.rank(request.context, request.continuations))
                    continue
                except ModelError as error:
                    fault = error
            results.append(fault)
        return results

    def rank(self, context: Sequence[int], continuations: Sequence[Sequence[int]]) -> list[float]:
        """Natural-log probability of each continuation after ``context``; neither is empty.

        Raises ModelError where they do not fit.
        """
        context = list(context)
        n_head = (len(context) - 1) // BLOCK * BLOCK
        values: list[float] = []
        for group in self._groups(len(context), continuations):
            self._decode_head(context[:n_head])
            values += self._decode_choices(context, n_head, group)
        return values

    def close(self) -> None:
        if self._context:
            self._api.llama_free(self._context)
            self._context = None

    def _groups(self, n_context: int, continuations: Sequence[Sequence[int]]) -> Iterator[Group]:
        """Choices that fit into the context and the sequences together, in order."""
        group: Group = []
        n = n_context
        for tokens in continuations:
            if group and (len(group) == N_SEQUENCES or n + len(tokens) > self.n_ctx):
                yield group
                group, n = [], n_context
            group.append(tokens)
            n += len(tokens)
        yield group

    def _decode_head(self, head: list[int]) -> None:
        """Bring the whole blocks of the context into sequence 0, keeping those that are there."""
        n_kept = self.n_shared([*head, -1])
        for sequence in range(1, N_SEQUENCES):
            self._api.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        self._api.llama_memory_seq_rm(self._memory, 0, n_kept, -1)
        self._cached = head[:n_kept]
        for start in range(n_kept, len(head), BLOCK):
            block = head[start : start + BLOCK]
            self._decode([Row(token, start + i, (0,)) for i, token in enumerate(block)], [])
            self._cached += block

    def _decode_choices(self, context: list[int], n_head: int, group: Group) -> list[float]:
        every = tuple(range(len(group)))
        for sequence in every[1:]:
            self._api.llama_memory_seq_cp(self._memory, 0, sequence, 0, n_head)
        rows = [Row(token, n_head + i, every) for i, token in enumerate(context[n_head:])]
        first = tuple((choice, tokens[0]) for choice, tokens in enumerate(group))
        rows[-1] = Row(rows[-1].token, rows[-1].position, every, first)
        for choice, tokens in enumerate(group):
            for i, token in enumerate(tokens[:-1]):
                rows.append(Row(token, len(context) + i, (choice,), ((choice, tokens[i + 1]),)))
        sums = [0.0] * len(group)
        for start in range(0, len(rows), BLOCK):
            self._decode(rows[start : start + BLOCK], sums)
        return sums

    def _decode(self, rows: Sequence[Row], sums: list[float]) -> None:
        """One decode; adds what its rows predict to ``sums``."""
        code = self._api.llama_decode(self._context, self._batch.fill(rows))
        if code != 0:
            self._cached = []
            self._api.llama_memory_clear(self._memory, True)
            raise ModelError(f"llama.cpp could not decode (code {code})")
        for i, row in enumerate(rows):
            if row.predicts:
                logits = self._logits(i)
                norm = log_sum_exp(logits)
                for choice, token in row.predicts:
                    sums[choice] += float(logits[token]) - norm

    def _logits(self, i: int) -> NDArray[np.float32]:
        address = self._api.llama_get_logits_ith(self._context, i)
        pointer = c.cast(address, c.POINTER(c.c_float))
        return np.ctypeslib.as_array(pointer, (self._model.n_vocab,))

    def _open(self, n_ctx: int) -> Any:
        params = self._api.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch = n_ctx, BLOCK, BLOCK
        params.n_seq_max, params.kv_unified = N_SEQUENCES, True
        params.n_threads = params.n_threads_batch = 1
        params.flash_attn_type = _FLASH_ATTENTION
        context = self._api.llama_init_from_model(self._model.handle, params)
        if not context:
            raise ModelSpecError(f"llama.cpp cannot open a context of {n_ctx} tokens", hint="lower ?ctx=…")
        if self._model.adapter:
            adapters, scales = (c.c_void_p * 1)(self._model.adapter), (c.c_float * 1)(1.0)
            self._api.llama_set_adapters_lora(context, adapters, 1, scales)
        return context

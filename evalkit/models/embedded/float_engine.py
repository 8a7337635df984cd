"""Log-probabilities of continuations in float32: the same bits whatever was asked before or beside.

Requests are read together, some hundred tokens in one pass, a beginning that several share is read once.
No value depends on that: a column of a multiplication stands alone (``blas.steady_margin`` makes sure) and
attention goes by tiles whose shape follows from the place in the request. Where a BLAS rounds by shape, each
request is read by itself, from its start.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from evalkit.errors import ModelError
from evalkit.models.embedded.blas import steady_margin
from evalkit.models.embedded.decoder import Decoder
from evalkit.models.embedded.decoder_weights import DecoderWeights
from evalkit.models.embedded.gguf_file import Floats
from evalkit.models.embedded.ranking_engine import RankingRequest, log_sum_exp, too_long
from evalkit.models.embedded.row_pack import Row, RowPack, TokenSequence, fitting_width

#: Columns of one pass, margins and all: more is hardly faster, and on some BLAS rounds differently.
WIDTHS = (48, 96, 192, 288)

#: The same for the output matrix.
_OUTPUT_WIDTHS = (24, 48)

#: A shared beginning of fewer tokens is read again.
_WORTH_KEEPING = 16


class FloatEngine:
    """One decoder with a key-value store of its own. Not thread-safe."""

    def __init__(self, weights: DecoderWeights, n_ctx: int, margin: int | None) -> None:
        self._decoder, self._n_embd, self.n_ctx = Decoder(weights), weights.shape.n_embd, n_ctx
        self._is_steady, self._margin = margin is not None, margin or 0
        self.n_rows = 4 * (WIDTHS[-1] - 2 * self._margin) if self._is_steady else 1
        self._kept: list[int] = []
        self._last: list[int] = []

    def n_shared(self, context: Sequence[int]) -> int:
        """How many leading tokens of ``context`` need not be read again."""
        return n_common(self._kept, context[:-1])

    def rank_all(self, requests: Sequence[RankingRequest]) -> list[list[float] | ModelError]:
        """Natural-log probability of each continuation, or what is wrong, for each request in order."""
        results: list[list[float] | ModelError] = [
            too_long(request, self.n_ctx) or [] for request in requests
        ]
        good = [i for i, result in enumerate(results) if not isinstance(result, ModelError)]
        groups = [good] if self._is_steady else [[i] for i in good]
        for group in groups:
            members = [requests[i] for i in group]
            for i, values in zip(group, self._rank_together(members), strict=True):
                results[i] = values
        return results

    def close(self) -> None:
        """Nothing to give back but memory, which goes with the engine."""

    def _rank_together(self, requests: list[RankingRequest]) -> list[list[float]]:
        if not requests:
            return []
        if self._is_steady:
            self._keep_beginning([request.context for request in requests])
        rows: list[Row] = []
        starts = [0]
        for request in requests:
            rows += self._rows(request, starts[-1], len(self._kept) + len(rows))
            starts.append(starts[-1] + len(request.continuations))
        sums = [0.0] * starts[-1]
        states = [self._decoder.hidden(pack) for pack in self._packs(rows)]
        self._predict([row.predicts for row in rows if row.predicts], np.concatenate(states, axis=1), sums)
        return [sums[start:end] for start, end in pairwise(starts)]

    def _keep_beginning(self, contexts: list[list[int]]) -> None:
        """Read what the first context shares with another, or with the one before, unless it is there."""
        first = contexts[0]
        others = [self._last, *contexts[1:]]
        self._last = contexts[-1]
        n_worth = min(max(n_common(first, other) for other in others), len(first) - 1)
        n_there = self.n_shared(first)
        if n_worth < n_there + _WORTH_KEEPING:
            return
        sequence = TokenSequence(list(range(n_there)))
        rows = list(_following(first[n_there:n_worth], sequence, n_there))
        for pack in self._packs(rows):
            self._decoder.hidden(pack)
        self._kept = first[:n_worth]

    def _rows(self, request: RankingRequest, slot: int, cell: int) -> Iterator[Row]:
        """What must be computed for a request; its choices have the slots from ``slot``."""
        n_shared = self.n_shared(request.context)
        context = TokenSequence(list(range(n_shared)))
        rows = list(_following(request.context[n_shared:], context, cell))
        firsts = tuple((slot + i, tokens[0]) for i, tokens in enumerate(request.continuations))
        last = rows[-1]
        rows[-1] = Row(last.token, last.position, last.cell, context, firsts)
        yield from rows
        cell += len(rows)
        for i, tokens in enumerate(request.continuations):
            if len(tokens) > 1:
                choice = TokenSequence(list(context.cells))
                for row, target in zip(_following(tokens[:-1], choice, cell), tokens[1:], strict=True):
                    yield Row(row.token, row.position, row.cell, choice, ((slot + i, target),))
                cell += len(tokens) - 1

    def _packs(self, rows: list[Row]) -> Iterator[RowPack]:
        most = WIDTHS[-1] - 2 * self._margin
        for start in range(0, len(rows), most):
            yield RowPack(rows[start : start + most], WIDTHS, self._margin)

    def _predict(self, wanted: list[tuple[tuple[int, int], ...]], states: Floats, sums: list[float]) -> None:
        """Add to ``sums`` what each state, (n_embd, states), predicts: (slot, token)."""
        most = _OUTPUT_WIDTHS[-1] - 2 * self._margin
        for start in range(0, len(wanted), most):
            block = wanted[start : start + most]
            for predicts, logits in zip(block, self._logits(states[:, start : start + most]), strict=True):
                norm = log_sum_exp(logits)
                for slot, token in predicts:
                    sums[slot] += float(logits[token]) - norm

    def _logits(self, hidden: Floats) -> Floats:
        n, margin = hidden.shape[1], self._margin
        width = fitting_width(_OUTPUT_WIDTHS, n, margin)
        padded = np.zeros((self._n_embd, width), np.float32)
        padded[:, margin : margin + n] = hidden
        return self._decoder.logits(padded)[margin : margin + n]


def margin_of(weights: DecoderWeights) -> int | None:
    """Columns that passes leave unused at either end; None where requests cannot be read together."""
    layer = weights.layers[0]
    inner = steady_margin([layer.qkv, layer.attn_output, layer.gate_up, layer.ffn_down], WIDTHS)
    outer = steady_margin([weights.output], _OUTPUT_WIDTHS)
    return None if inner is None or outer is None else max(inner, outer)


def n_common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many leading tokens two texts share."""
    n = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        n += 1
    return n


def _following(tokens: Sequence[int], sequence: TokenSequence, cell: int) -> Iterator[Row]:
    """Rows for tokens that go on a sequence, in cells from ``cell``."""
    for token in tokens:
        sequence.cells.append(cell)
        yield Row(token, len(sequence.cells) - 1, cell, sequence)
        cell += 1

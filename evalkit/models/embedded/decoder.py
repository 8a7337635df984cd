"""A decoder-only transformer in float32 on numpy: nothing is rounded to fewer bits, one pass for many tokens.

Activations are (features, columns), a column for each token: the sums of each column are the same wherever it
stands, which multiplication the other way round does not give on every BLAS.

The blocks are those of Llama (arXiv 2302.13971; grouped queries as in arXiv 2305.13245), Qwen 2 and 3 and
Gemma 3 (arXiv 2503.19786).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evalkit.models.embedded.decoder_weights import DecoderWeights, LayerWeights
from evalkit.models.embedded.gguf_file import Floats
from evalkit.models.embedded.row_pack import TILE, RowPack, TileGroup

#: sqrt(2 / pi) and the cubic term of the tanh form of GELU (arXiv 1606.08415).
_GELU_FACTOR, _GELU_CUBIC = np.float32(0.7978845608028654), np.float32(0.044715)


#: Cells of the key-value store at first; memory is taken as they are used.
_FIRST_CELLS = 2048


class Decoder:
    """Weights with a key-value store of its own: one thread at a time."""

    def __init__(self, weights: DecoderWeights) -> None:
        self._weights, self._shape = weights, weights.shape
        shape = weights.shape
        half = np.arange(0, shape.head_dim, 2, dtype=np.float64) / shape.head_dim
        factors = 1.0 if weights.rope_factors is None else np.float64(weights.rope_factors)
        self._global_speed = shape.rope_base**-half / factors / shape.rope_scale
        self._local_speed = shape.local_base**-half
        self._masks: dict[tuple[int, bool], Floats] = {}
        self._keys = self._values = np.zeros((shape.n_layers, 0, shape.n_kv_heads, shape.head_dim), "f")

    def hidden(self, pack: RowPack) -> Floats:
        """(n_embd, predicting rows): what the output matrix is applied to. Fills the pack's cells."""
        shape, weights = self._shape, self._weights
        self._grow(pack.n_cells)
        x = np.ascontiguousarray(weights.embedding[pack.tokens].T)
        x *= np.float32(shape.embedding_scale)
        turns = {False: _turns(pack, self._global_speed), True: _turns(pack, self._local_speed)}
        for i, layer in enumerate(weights.layers):
            heads = self._attend(i, layer, x, pack, turns[shape.is_local(i)])
            if i == shape.n_layers - 1:
                x, heads = (np.ascontiguousarray(part[:, pack.last_columns]) for part in (x, heads))
            x += _normed(layer.attn_output @ heads, layer.attn_post_norm, shape.eps)
            x += _normed(self._feed_forward(layer, x), layer.ffn_post_norm, shape.eps)
        return _normed(x[:, pack.predicting], weights.output_norm, shape.eps)

    def logits(self, hidden: Floats) -> Floats:
        """(columns, vocabulary) of (n_embd, columns)."""
        return np.ascontiguousarray((self._weights.output @ hidden).T)

    def _grow(self, n_cells: int) -> None:
        seen = self._keys.shape[1]
        if n_cells <= seen:
            return
        n = max(n_cells, 2 * seen, _FIRST_CELLS)
        shape = (self._shape.n_layers, n, self._shape.n_kv_heads, self._shape.head_dim)
        for name in ("_keys", "_values"):
            store = np.zeros(shape, np.float32)
            store[:, :seen] = getattr(self, name)
            setattr(self, name, store)

    def _attend(
        self, i: int, layer: LayerWeights, x: Floats, pack: RowPack, turns: tuple[Floats, Floats]
    ) -> Floats:
        """(heads * head_dim, columns)."""
        shape = self._shape
        qkv = layer.qkv @ _normed(x, layer.attn_norm, shape.eps)
        if layer.qkv_bias is not None:
            qkv += layer.qkv_bias[:, None]
        qkv = qkv.reshape(-1, shape.head_dim, pack.width)
        n, n_both = shape.n_heads, shape.n_heads + shape.n_kv_heads
        if layer.q_norm is not None and layer.k_norm is not None:
            qkv[:n] = _normed(qkv[:n], layer.q_norm, shape.eps)
            qkv[n:n_both] = _normed(qkv[n:n_both], layer.k_norm, shape.eps)
        _rotate(qkv[:n_both], *turns)
        by_column = np.ascontiguousarray(qkv.transpose(2, 0, 1))
        self._keys[i, pack.cells] = by_column[pack.columns, n:n_both]
        self._values[i, pack.cells] = by_column[pack.columns, n_both:]
        heads = np.zeros((pack.width, n * shape.head_dim), np.float32)
        for group in pack.groups:
            is_real = group.columns >= 0
            heads[group.columns[is_real]] = self._attend_tiles(i, by_column[:, :n], group)[is_real]
        return np.ascontiguousarray(heads.T)

    def _attend_tiles(self, i: int, queries: Floats, group: TileGroup) -> Floats:
        """(tiles, TILE, heads * head_dim)."""
        shape = self._shape
        n_tiles, n_seen = group.cells.shape
        n_kv, n_each = shape.n_kv_heads, shape.n_heads // shape.n_kv_heads
        # Positions without a column compute something from the last one, which nobody reads.
        asked = queries[group.columns].reshape(n_tiles, TILE, n_kv, n_each, shape.head_dim)
        asked = asked.transpose(0, 2, 3, 1, 4).reshape(n_tiles, n_kv, n_each * TILE, shape.head_dim)
        asked *= np.float32(shape.head_dim**-0.5)
        keys, values = self._keys[i, group.cells], self._values[i, group.cells]
        scores = asked @ keys.transpose(0, 2, 3, 1)
        by_row = scores.reshape(n_tiles, n_kv, n_each, TILE, n_seen)
        by_row += self._mask(group.index, shape.is_local(i))
        scores -= scores.max(-1, keepdims=True)
        np.exp(scores, out=scores)
        norms = scores.sum(-1, keepdims=True)
        seen = scores @ values.transpose(0, 2, 1, 3)
        seen /= norms
        seen = seen.reshape(n_tiles, n_kv, n_each, TILE, shape.head_dim)
        by_place: Floats = seen.transpose(0, 3, 1, 2, 4).reshape(n_tiles, TILE, -1)
        return by_place

    def _mask(self, index: int, is_local: bool) -> Floats:
        """(TILE, keys): 0 where a position may look, minus infinity elsewhere."""
        mask = self._masks.get((index, is_local))
        if mask is None:
            asking = np.arange(index * TILE, (index + 1) * TILE)[:, None]
            seen = np.arange((index + 1) * TILE)
            is_hidden = seen > asking
            if is_local:
                is_hidden |= seen <= asking - self._shape.window
            mask = self._masks[index, is_local] = np.where(is_hidden, np.float32(-np.inf), np.float32(0))
        return mask

    def _feed_forward(self, layer: LayerWeights, x: Floats) -> Floats:
        both = layer.gate_up @ _normed(x, layer.ffn_norm, self._shape.eps)
        gate, up = both[: self._shape.n_ff], both[self._shape.n_ff :]
        opened = _gelu(gate) if self._shape.gelu else _silu(gate)
        opened *= up
        return layer.ffn_down @ opened


def _turns(pack: RowPack, speed: NDArray[np.float64]) -> tuple[Floats, Floats]:
    """Cosine and sine of each column's rotation, (head_dim / 2, columns)."""
    angles = speed[:, None] * pack.positions
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)


def _normed(x: Floats, weight: Floats | None, eps: float) -> Floats:
    """Root-mean-square normalisation over the last axis but one (arXiv 1910.07467); ``x`` itself without a
    weight. Summed in the same order for every column."""
    if weight is None:
        return x
    squares: Floats = np.add.reduce(np.square(x), axis=-2, keepdims=True)
    normed: Floats = x / np.sqrt(squares / np.float32(x.shape[-2]) + np.float32(eps))
    normed *= weight[:, None]
    return normed


def _rotate(heads: Floats, cosine: Floats, sine: Floats) -> None:
    """Rotary positions (arXiv 2104.09864) on halves of (heads, head_dim, columns), in place."""
    half = heads.shape[1] // 2
    first, second = heads[:, :half], heads[:, half:]
    turned = first * sine
    turned += second * cosine
    first *= cosine
    first -= second * sine
    second[...] = turned


def _silu(x: Floats) -> Floats:
    down = np.negative(x)
    with np.errstate(over="ignore"):  # exp gives infinity far below zero, and x / infinity is right
        np.exp(down, out=down)
    down += np.float32(1)
    return np.divide(x, down, out=down)


def _gelu(x: Floats) -> Floats:
    inner = x * x
    inner *= _GELU_CUBIC
    inner += np.float32(1)
    inner *= x
    inner *= _GELU_FACTOR
    np.tanh(inner, out=inner)
    inner += np.float32(1)
    inner *= x
    inner *= np.float32(0.5)
    return inner

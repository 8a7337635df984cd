"""A small decoder with random weights, and what it should compute, said plainly in double precision."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.models.embedded.decoder_shape import DecoderShape
from evalkit.models.embedded.decoder_weights import DecoderWeights, LayerWeights

N_VOCAB = 96

LLAMA = DecoderShape(
    n_ctx_train=512,
    n_layers=3,
    n_embd=48,
    n_ff=80,
    n_heads=6,
    n_kv_heads=2,
    head_dim=8,
    eps=1e-5,
    rope_base=10_000.0,
)
GEMMA = replace(
    LLAMA, window=5, period=3, local_base=1_000.0, gelu=True, embedding_scale=48**0.5, head_dim=16
)


def tiny_weights(shape: DecoderShape, *, bias: bool = False, norms: bool = False) -> DecoderWeights:
    """``norms``: those of the heads and after each half of a block, as in Gemma 3."""
    random = np.random.default_rng(7)

    def matrix(*sizes: int) -> Any:
        return (random.normal(size=sizes) / sizes[-1] ** 0.5).astype(np.float32)

    def norm(n: int) -> Any:
        return (1 + random.normal(size=n) / 4).astype(np.float32)

    heads, kv = shape.n_heads * shape.head_dim, shape.n_kv_heads * shape.head_dim
    layers = [
        LayerWeights(
            attn_norm=norm(shape.n_embd),
            qkv=matrix(heads + 2 * kv, shape.n_embd) * np.float32(2),
            qkv_bias=matrix(heads + 2 * kv) if bias else None,
            q_norm=norm(shape.head_dim) if norms else None,
            k_norm=norm(shape.head_dim) if norms else None,
            attn_output=matrix(shape.n_embd, heads),
            attn_post_norm=norm(shape.n_embd) if norms else None,
            ffn_norm=norm(shape.n_embd),
            gate_up=matrix(2 * shape.n_ff, shape.n_embd),
            ffn_down=matrix(shape.n_embd, shape.n_ff),
            ffn_post_norm=norm(shape.n_embd) if norms else None,
        )
        for _ in range(shape.n_layers)
    ]
    embedding = matrix(N_VOCAB, shape.n_embd)
    output = matrix(N_VOCAB, shape.n_embd) * np.float32(3)
    return DecoderWeights(shape, embedding, layers, norm(shape.n_embd), output, None)


def plain_logprobs(weights: DecoderWeights, tokens: list[int]) -> NDArray[np.float64]:
    """(tokens, vocabulary): natural-log probability of what comes after each token."""
    shape = weights.shape
    x = np.float64(weights.embedding[tokens]) * shape.embedding_scale
    for i, layer in enumerate(weights.layers):
        seen = _attention(shape, layer, _norm(x, layer.attn_norm, shape.eps), shape.is_local(i))
        x = x + _norm(seen @ np.float64(layer.attn_output).T, layer.attn_post_norm, shape.eps)
        gate, up = np.split(_norm(x, layer.ffn_norm, shape.eps) @ np.float64(layer.gate_up).T, 2, axis=1)
        cubic = gate + 0.044715 * gate**3
        opened = (
            0.5 * gate * (1 + np.tanh((2 / np.pi) ** 0.5 * cubic))
            if shape.gelu
            else gate / (1 + np.exp(-gate))
        )
        x = x + _norm((opened * up) @ np.float64(layer.ffn_down).T, layer.ffn_post_norm, shape.eps)
    logits = _norm(x, weights.output_norm, shape.eps) @ np.float64(weights.output).T
    found: NDArray[np.float64] = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    return found


def _norm(x: Any, weight: Any, eps: float) -> Any:
    return x if weight is None else x / np.sqrt((x**2).mean(-1, keepdims=True) + eps) * weight


def _attention(shape: DecoderShape, layer: LayerWeights, x: Any, is_local: bool) -> Any:
    qkv = x @ np.float64(layer.qkv).T + (0 if layer.qkv_bias is None else layer.qkv_bias)
    heads = qkv.reshape(len(x), -1, shape.head_dim)
    n, both = shape.n_heads, shape.n_heads + shape.n_kv_heads
    queries, keys = (
        _norm(heads[:, :n], layer.q_norm, shape.eps),
        _norm(heads[:, n:both], layer.k_norm, shape.eps),
    )
    base = shape.local_base if is_local else shape.rope_base
    queries, keys = _turned(queries, base), _turned(keys, base)
    place = np.arange(len(x))
    is_hidden = place > place[:, None]
    if is_local:
        is_hidden |= place <= place[:, None] - shape.window
    out = np.zeros((len(x), n, shape.head_dim))
    for head in range(n):
        source = head * shape.n_kv_heads // n
        scores = queries[:, head] @ keys[:, source].T / shape.head_dim**0.5
        shares = np.where(is_hidden, 0, np.exp(scores))
        out[:, head] = shares @ heads[:, both + source] / shares.sum(1, keepdims=True)
    return out.reshape(len(x), -1)


def _turned(heads: Any, base: float) -> Any:
    half = heads.shape[-1] // 2
    turned = heads.copy()
    for i in range(half):
        angle = np.arange(len(heads))[:, None] / base ** (2 * i / heads.shape[-1])
        a, b = heads[:, :, i], heads[:, :, i + half]
        turned[:, :, i] = a * np.cos(angle) - b * np.sin(angle)
        turned[:, :, i + half] = b * np.cos(angle) + a * np.sin(angle)
    return turned

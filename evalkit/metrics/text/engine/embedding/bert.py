"""The forward pass of a BERT encoder in numpy, float32."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]

# Abramowitz and Stegun, Handbook of Mathematical Functions (1964), formula 7.1.26: |error| <= 1.5e-7.
_ERF_P = np.float32(0.3275911)
_ERF_A = tuple(map(np.float32, (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)))


@dataclass(frozen=True)
class Bert:
    """Weights and shape of one encoder.

    Attributes:
        weights: tensors by the names of the published checkpoints (``encoder.layer.0.…``).
        n_layers, n_heads: its shape.
        epsilon: of the layer norms.

    Source: Devlin et al. 2019 (https://arxiv.org/abs/1810.04805).
    """

    weights: Mapping[str, Array]
    n_layers: int
    n_heads: int
    epsilon: float

    def encode(self, ids: Ids) -> Array:
        """Token ids (b, t), all rows whole: no padding -> last hidden states (b, t, d)."""
        w = self.weights
        hidden = (
            w["embeddings.word_embeddings.weight"][ids]
            + w["embeddings.position_embeddings.weight"][: ids.shape[1]]
            + w["embeddings.token_type_embeddings.weight"][0]
        )
        hidden = self._norm(hidden, "embeddings.LayerNorm")
        for layer in range(self.n_layers):
            hidden = self._layer(hidden, f"encoder.layer.{layer}")
        return hidden

    def _layer(self, hidden: Array, at: str) -> Array:
        attended = self._linear(
            self._attention(hidden, f"{at}.attention.self"), f"{at}.attention.output.dense"
        )
        hidden = self._norm(hidden + attended, f"{at}.attention.output.LayerNorm")
        inner = _gelu(self._linear(hidden, f"{at}.intermediate.dense"))
        return self._norm(hidden + self._linear(inner, f"{at}.output.dense"), f"{at}.output.LayerNorm")

    def _attention(self, hidden: Array, at: str) -> Array:
        query, key, value = (
            self._heads(self._linear(hidden, f"{at}.{n}")) for n in ("query", "key", "value")
        )
        scores = query @ key.swapaxes(-1, -2) / np.float32(np.sqrt(query.shape[-1]))
        mixed = _softmax(scores) @ value
        return mixed.transpose(0, 2, 1, 3).reshape(hidden.shape)

    def _heads(self, projected: Array) -> Array:
        b, t, d = projected.shape
        return projected.reshape(b, t, self.n_heads, d // self.n_heads).transpose(0, 2, 1, 3)

    def _linear(self, inputs: Array, at: str) -> Array:
        # One matrix product over all tokens: numpy would run a stack of small ones instead.
        flat = inputs.reshape(-1, inputs.shape[-1]) @ self.weights[f"{at}.weight"].T
        flat += self.weights[f"{at}.bias"]
        return flat.reshape(*inputs.shape[:-1], -1)

    def _norm(self, inputs: Array, at: str) -> Array:
        centred = inputs - inputs.mean(axis=-1, keepdims=True)
        deviation = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + np.float32(self.epsilon))
        normed: Array = centred / deviation * self.weights[f"{at}.weight"] + self.weights[f"{at}.bias"]
        return normed


def _softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Array = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def _gelu(inputs: Array) -> Array:
    activated: Array = np.float32(0.5) * inputs * (np.float32(1) + _erf(inputs * np.float32(np.sqrt(0.5))))
    return activated


def _erf(x: Array) -> Array:
    size = np.abs(x)
    t = np.float32(1) / (np.float32(1) + _ERF_P * size)
    polynomial = np.zeros_like(t)
    for coefficient in _ERF_A:
        polynomial = (polynomial + coefficient) * t
    result: Array = np.sign(x) * (np.float32(1) - polynomial * np.exp(-size * size))
    return result

"""The weights of a decoder in float32, laid out for one multiplication where the file has several."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evalkit.errors import ModelSpecError
from evalkit.models.embedded.decoder_shape import DecoderShape
from evalkit.models.embedded.gguf_file import Floats, GgufFile


@dataclass(frozen=True)
class LayerWeights:
    """One block. Matrices are (outputs, inputs); queries, keys and values are one, gate and up are one.

    Heads are laid out for a rotation by halves.
    """

    attn_norm: Floats
    qkv: Floats
    qkv_bias: Floats | None
    q_norm: Floats | None
    k_norm: Floats | None
    attn_output: Floats
    attn_post_norm: Floats | None
    ffn_norm: Floats
    gate_up: Floats
    ffn_down: Floats
    ffn_post_norm: Floats | None


@dataclass(frozen=True)
class DecoderWeights:
    """``output`` is the embedding where the model ties them; ``rope_factors`` divide the frequencies."""

    shape: DecoderShape
    embedding: Floats
    layers: list[LayerWeights]
    output_norm: Floats
    output: Floats
    rope_factors: Floats | None


def read_weights(file: GgufFile, shape: DecoderShape, lora: Path | None = None) -> DecoderWeights:
    """Raises ModelSpecError where the file, or the adapter that is added to it, does not fit the shape."""
    adapter = GgufFile(lora) if lora else None
    try:
        reader = _Reader(file, shape, adapter)
        with ThreadPoolExecutor(2) as pool:
            layers = list(pool.map(reader.layer, range(shape.n_layers)))
        embedding = reader.get("token_embd.weight")
        output = reader.find("output.weight")
        return DecoderWeights(
            shape,
            embedding,
            layers,
            reader.get("output_norm.weight"),
            embedding if output is None else output,
            reader.find("rope_freqs.weight"),
        )
    finally:
        if adapter:
            adapter.close()


class _Reader:
    def __init__(self, file: GgufFile, shape: DecoderShape, adapter: GgufFile | None) -> None:
        self._file, self._shape, self._adapter = file, shape, adapter
        if adapter is not None:
            stray = {_target(name) for name in adapter.names} - file.names
            if stray or any("token_embd" in name for name in adapter.names):
                what = sorted(stray)[:1] or ["token_embd.weight"]
                raise ModelSpecError(
                    f"this LoRA adapter changes {what[0]!r}, which cannot be added to the model here",
                    hint="use ?precision=stored",
                )

    def find(self, name: str) -> Floats | None:
        return self.get(name) if name in self._file.names else None

    def get(self, name: str) -> Floats:
        if name not in self._file.names:
            raise ModelSpecError(f"the file lacks the tensor {name}")
        weight = self._file.read(name)
        if self._adapter is None or f"{name}.lora_a" not in self._adapter.names:
            return weight
        down, up = self._adapter.read(f"{name}.lora_a"), self._adapter.read(f"{name}.lora_b")
        if (up.shape[0], down.shape[-1]) != weight.shape or up.shape[-1] != down.shape[0]:
            raise ModelSpecError(f"this LoRA adapter does not fit the model at {name}")
        alpha = self._adapter.get("adapter.lora.alpha", 0.0)
        scale = alpha / down.shape[0] if alpha else 1.0
        return weight + np.float32(scale) * (up @ down)

    def layer(self, i: int) -> LayerWeights:
        heads = (self._shape.n_heads, self._shape.n_kv_heads, None)
        parts = list(zip("qkv", heads, strict=True))
        weights = [self._rotated(self.get(f"blk.{i}.attn_{part}.weight"), n) for part, n in parts]
        biases = [self.find(f"blk.{i}.attn_{part}.bias") for part in "qkv"]
        has_bias = all(bias is not None for bias in biases)
        found = [self._rotated(b, n) for b, n in zip(biases, heads, strict=True) if b is not None]
        gate_up = [self.get(f"blk.{i}.ffn_{part}.weight") for part in ("gate", "up")]
        return LayerWeights(
            self.get(f"blk.{i}.attn_norm.weight"),
            np.concatenate(weights),
            np.concatenate(found) if has_bias else None,
            self.find(f"blk.{i}.attn_q_norm.weight"),
            self.find(f"blk.{i}.attn_k_norm.weight"),
            self.get(f"blk.{i}.attn_output.weight"),
            self.find(f"blk.{i}.post_attention_norm.weight"),
            self.get(f"blk.{i}.ffn_norm.weight"),
            np.concatenate(gate_up),
            self.get(f"blk.{i}.ffn_down.weight"),
            self.find(f"blk.{i}.post_ffw_norm.weight"),
        )

    def _rotated(self, weight: Floats, n_heads: int | None) -> Floats:
        """Rows of each head from pairs of neighbours to two halves; None for what is not rotated."""
        if n_heads is None or not self._shape.interleaved:
            return weight
        rest = weight.shape[1:]
        pairs = weight.reshape(n_heads, self._shape.head_dim // 2, 2, *rest)
        return np.ascontiguousarray(pairs.swapaxes(1, 2)).reshape(-1, *rest)


def _target(name: str) -> str:
    return name.removesuffix(".lora_a").removesuffix(".lora_b")

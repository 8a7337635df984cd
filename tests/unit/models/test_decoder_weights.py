"""Weights are laid out for the decoder, adapters are added, and what does not fit is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.errors import ModelSpecError
from evalkit.models.embedded.decoder_shape import read_shape
from evalkit.models.embedded.decoder_weights import DecoderWeights, read_weights
from evalkit.models.embedded.gguf_file import GgufFile
from evalkit.models.embedded.ranking_backend import likely_precision, precision_of
from tests.unit.models.gguf_writer import write_gguf

pytest.importorskip("xllamacpp", reason="the embedded engine is not installed")

HEADER = {
    "general.architecture": "llama",
    "llama.context_length": 128,
    "llama.block_count": 1,
    "llama.embedding_length": 16,
    "llama.feed_forward_length": 24,
    "llama.attention.head_count": 2,
    "llama.attention.head_count_kv": 1,
    "llama.attention.layer_norm_rms_epsilon": 1e-5,
}


def tensors() -> dict[str, Any]:
    random = np.random.default_rng(0)
    sizes: dict[str, tuple[int, ...]] = {
        "attn_norm": (16,),
        "attn_q": (16, 16),
        "attn_k": (8, 16),
        "attn_v": (8, 16),
        "attn_output": (16, 16),
        "ffn_norm": (16,),
        "ffn_gate": (24, 16),
        "ffn_up": (24, 16),
        "ffn_down": (16, 24),
    }
    block = {f"blk.0.{part}.weight": random.normal(size=size) for part, size in sizes.items()}
    return {"token_embd.weight": random.normal(size=(40, 16)), "output_norm.weight": np.ones(16), **block}


def model(tmp_path: Path, header: dict[str, Any] | None = None, **more: Any) -> Path:
    return write_gguf(tmp_path / "m.gguf", {**HEADER, **(header or {})}, {**tensors(), **more})


def weights(path: Path, lora: Path | None = None) -> DecoderWeights:
    file = GgufFile(path)
    shape = read_shape(file)
    assert shape is not None
    return read_weights(file, shape, lora)


def test_pairs_of_neighbours_become_halves_and_the_output_is_tied(tmp_path: Path) -> None:
    read = weights(model(tmp_path))
    query = tensors()["blk.0.attn_q.weight"].astype(np.float32)
    order = [0, 2, 4, 6, 1, 3, 5, 7]
    assert np.array_equal(read.layers[0].qkv[:8], query[:8][order])
    assert np.array_equal(read.layers[0].qkv[24:], np.float32(tensors()["blk.0.attn_v.weight"]))
    assert read.output is read.embedding


def test_an_adapter_adds_its_product_times_alpha_over_rank(tmp_path: Path) -> None:
    down, up = np.random.default_rng(1).normal(size=(4, 16)), np.random.default_rng(2).normal(size=(8, 4))
    names = [f"blk.0.attn_v.weight.lora_{half}" for half in "ab"]
    lora = write_gguf(
        tmp_path / "l.gguf", {"adapter.lora.alpha": 6.0}, dict(zip(names, (down, up), strict=True))
    )
    path = model(tmp_path)
    moved = weights(path, lora).layers[0].qkv[24:] - weights(path).layers[0].qkv[24:]
    assert np.abs(moved - 6 / 4 * up @ down).max() < 1e-5


@pytest.mark.parametrize(
    ("name", "sizes"),
    [("blk.7.attn_v.weight", (8, 16)), ("blk.0.attn_v.weight", (9, 16)), ("token_embd.weight", (40, 16))],
)
def test_an_adapter_for_another_model_is_refused(tmp_path: Path, name: str, sizes: tuple[int, int]) -> None:
    halves = {f"{name}.lora_a": np.ones((2, sizes[1])), f"{name}.lora_b": np.ones((sizes[0], 2))}
    lora = write_gguf(tmp_path / "l.gguf", {}, halves)
    with pytest.raises(ModelSpecError, match="LoRA adapter"):
        weights(model(tmp_path), lora)


def test_a_known_kind_is_ranked_in_float32_unless_asked_otherwise(tmp_path: Path) -> None:
    path = model(tmp_path)
    assert (precision_of(path), precision_of(path, "stored")) == ("f32", "stored")


def test_a_large_model_is_ranked_as_stored_unless_asked_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalkit.models.embedded.ranking_backend.MOST_F32_PARAMS", 100)
    path = model(tmp_path)
    assert (precision_of(path), precision_of(path, "f32")) == ("stored", "f32")


@pytest.mark.parametrize(
    "header",
    [
        {"general.architecture": "mamba"},
        {"llama.rope.scaling.type": "yarn"},
        {"llama.rope.dimension_count": 4},
        {"llama.expert_count": 8},
        {"llama.attention.sliding_window": 64},
        {"llama.final_logit_softcapping": 30.0},
    ],
)
def test_a_kind_with_parts_that_are_not_computed_here_goes_to_llama_cpp(tmp_path: Path, header: Any) -> None:
    path = model(tmp_path, header)
    assert precision_of(path) == "stored"
    with pytest.raises(ModelSpecError, match="precision=stored"):
        precision_of(path, "f32")


def test_a_tensor_that_is_not_known_goes_to_llama_cpp(tmp_path: Path) -> None:
    assert precision_of(model(tmp_path, None, **{"blk.0.attn_sinks.weight": np.ones(2)})) == "stored"


def test_what_is_wrong_with_a_file_is_told_later(tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(b"not a model")
    assert (likely_precision(path, None), likely_precision(path, "f32")) == ("stored", "f32")


def test_gemma_3_alternates_windows_and_scales_its_embeddings(tmp_path: Path) -> None:
    header = {key.replace("llama", "gemma3"): value for key, value in HEADER.items()}
    header |= {"general.architecture": "gemma3", "gemma3.attention.sliding_window": 8}
    shape = read_shape(GgufFile(write_gguf(tmp_path / "g.gguf", header, tensors())))
    assert shape is not None
    assert (shape.embedding_scale, shape.gelu, shape.interleaved) == (4.0, True, False)
    assert [replace(shape, n_layers=12).is_local(i) for i in range(7)] == [True] * 5 + [False, True]

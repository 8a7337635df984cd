"""The float32 decoder computes what the formulas say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evalkit.models.embedded.decoder import Decoder
from evalkit.models.embedded.decoder_weights import DecoderWeights
from evalkit.models.embedded.row_pack import Row, RowPack, TokenSequence
from tests.unit.models.tiny_decoder import GEMMA, LLAMA, N_VOCAB, plain_logprobs, tiny_weights

TOKENS = np.random.default_rng(1).integers(0, N_VOCAB, 75).tolist()


def logprobs(weights: DecoderWeights, tokens: list[int], cuts: list[int]) -> np.ndarray:
    """What each token predicts, computed in packs that end at ``cuts``."""
    decoder, sequence = Decoder(weights), TokenSequence(list(range(len(tokens))))
    rows = [Row(token, i, i, sequence, ((0, 0),)) for i, token in enumerate(tokens)]
    packs = [RowPack(rows[a:b], (16, 96), 3) for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    logits = np.concatenate([decoder.logits(decoder.hidden(pack)) for pack in packs])
    found: np.ndarray = logits - np.log(np.exp(np.float64(logits)).sum(1, keepdims=True))
    return found


@pytest.mark.parametrize(
    "weights",
    [
        pytest.param(tiny_weights(LLAMA), id="llama"),
        pytest.param(tiny_weights(LLAMA, bias=True), id="qwen2"),
        pytest.param(tiny_weights(GEMMA, norms=True), id="gemma3"),
    ],
)
def test_every_token_predicts_what_the_plain_formulas_give(weights: DecoderWeights) -> None:
    assert np.abs(logprobs(weights, TOKENS, []) - plain_logprobs(weights, TOKENS)).max() < 3e-4


def test_what_was_read_before_is_seen_through_the_store() -> None:
    weights = tiny_weights(GEMMA, norms=True)
    wanted = plain_logprobs(weights, TOKENS)
    assert np.abs(logprobs(weights, TOKENS, [1, 31, 40]) - wanted).max() < 3e-4


def test_rotations_are_slowed_by_the_factors_of_the_file_and_by_its_scale() -> None:
    weights = tiny_weights(LLAMA)
    slowed = replace(weights, rope_factors=np.full(4, 2, np.float32))
    scaled = replace(weights, shape=replace(LLAMA, rope_scale=2.0))
    assert np.array_equal(logprobs(slowed, TOKENS, []), logprobs(scaled, TOKENS, []))
    assert np.abs(logprobs(slowed, TOKENS, []) - logprobs(weights, TOKENS, [])).max() > 0.01


def test_far_negative_gates_close_without_a_warning() -> None:
    weights = tiny_weights(LLAMA)
    layer = replace(weights.layers[0], gate_up=weights.layers[0].gate_up * np.float32(400))
    far = replace(weights, layers=[layer, *weights.layers[1:]])
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(logprobs(far, TOKENS, [])).all()

"""Log-likelihoods of the embedded engines: right, and the same bits whatever else is asked."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.embedded.llama_model import LlamaModel
from evalkit.models.embedded.ranking_backend import Precision
from evalkit.models.embedded.ranking_pool import Ranked, RankingPool
from tests.local_models import weights, weights_read_once
from tests.shared_data import shared_data

pytestmark = pytest.mark.local_model

SHOT = "Review: a warm and funny film with a cast that never puts a foot wrong .\nSentiment: positive"
CHOICES = (" negative", " positive", " really quite awful")


@pytest.fixture(scope="module", autouse=True)
def _weights() -> Iterator[None]:
    with weights_read_once():
        yield


def prompts() -> list[str]:
    """Short ones, and some with a long beginning in common."""
    reviews = ["dull .", "a delight from start to finish ."]
    asked = [f"Review: {review}\nSentiment:" for review in reviews]
    return [*asked, *(f"{SHOT}\n\n{text}" for text in asked)]


def rank_all(
    path: Path, precision: Precision, texts: Sequence[str], *, n_engines: int = 1, in_flight: int = 1
) -> list[Ranked]:
    async def run() -> list[Ranked]:
        pool = RankingPool(path, None, 512, n_engines, precision)
        gate = asyncio.Semaphore(in_flight)

        async def one(text: str) -> Ranked:
            async with gate:
                return await pool.rank(text, CHOICES)

        try:
            return list(await asyncio.gather(*map(one, texts)))
        finally:
            await pool.close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("name", "precision", "engines"),
    [("smollm2", "f32", (1, 2)), ("smollm2", "stored", (2,)), ("gemma3-270m", "stored", (2,))],
)
def test_values_are_the_same_bits_in_any_order_and_at_any_concurrency(
    name: str, precision: Precision, engines: tuple[int, ...]
) -> None:
    path, texts = weights(name), prompts()
    # In an engine of its own one whose beginning others share, and in the next a short one first.
    alone = {texts[-1]: rank_all(path, precision, texts[-1:])[0].logprobs}
    others = [text for text in texts if text not in alone]
    alone |= dict(zip(others, (one.logprobs for one in rank_all(path, precision, others)), strict=True))
    shuffled = random.Random(0).sample(texts, len(texts))
    for n_engines in engines:
        together = rank_all(path, precision, shuffled, n_engines=n_engines, in_flight=len(texts))
        assert [ranked.logprobs for ranked in together] == [alone[text] for text in shuffled]


def test_log_likelihoods_agree_with_lm_evaluation_harness() -> None:
    """lm-eval 0.4.13 over transformers in float32, the same file: within 1e-3. ``make bench-ranking`` holds
    all of SST-2's development set against the harness."""
    seen, wanted = _sent100(None)
    assert np.abs(seen - wanted).max() < 1e-3
    assert ((seen[:, 1] > seen[:, 0]) == (wanted[:, 1] > wanted[:, 0])).all()


def test_decisions_agree_with_lm_evaluation_harness_in_the_precision_of_the_file() -> None:
    """llama.cpp rounds activations to 8 bits on 4-bit weights: other values, the same decisions."""
    seen, wanted = _sent100("stored")
    assert ((seen[:, 1] > seen[:, 0]) == (wanted[:, 1] > wanted[:, 0])).all()
    assert np.abs(seen - wanted).mean() < 0.25
    assert np.abs(seen - wanted).max() < 1.0


def _sent100(precision: Precision | None, n: int = 25) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log-likelihoods (n, 2) of ours and of lm-evaluation-harness, of the first n texts."""
    folder = shared_data("reference", "lm_eval_sent100")
    docs = [json.loads(line) for line in (folder / "sentiment100.jsonl").read_text().splitlines()[:n]]
    reference = folder / "lm_eval_0.4.13_hf_f32_samples.jsonl"
    expected = [json.loads(line)["loglikelihoods"] for line in reference.read_text().splitlines()[:n]]

    async def run() -> list[Ranked]:
        pool = RankingPool(weights("smollm2"), None, 512, 2, precision)
        texts = [f"Review: {doc['sentence']}\nSentiment:" for doc in docs]
        try:
            return list(await asyncio.gather(*(pool.rank(text, CHOICES[:2]) for text in texts)))
        finally:
            await pool.close()

    seen = np.array([ranked.logprobs for ranked in asyncio.run(run())])
    return seen, np.array([[float(value) for value, _ in pair] for pair in expected])


def test_a_text_or_a_choice_that_is_nothing_is_the_error_of_its_sample_alone() -> None:
    async def run() -> list[Ranked | BaseException]:
        pool = RankingPool(weights("smollm2"), None, 512, 1)
        asked = [
            ("The sky is", (" blue", "")),
            ("\ud800", (" blue",)),
            ("", (" blue",)),
            ("The sky is", (" blue",)),
        ]
        try:
            return list(await asyncio.gather(*(pool.rank(*one) for one in asked), return_exceptions=True))
        finally:
            await pool.close()

    no_choice, no_text, empty, good = asyncio.run(run())
    assert isinstance(no_choice, ModelError)
    assert isinstance(no_text, ModelError)
    assert isinstance(empty, Ranked)
    assert isinstance(good, Ranked)
    assert good.logprobs[0] > empty.logprobs[0]


def test_a_file_that_is_no_model_is_one_clear_line(tmp_path: Path) -> None:
    weights("smollm2")
    path = tmp_path / "x.gguf"
    path.write_bytes(b"not a model")
    with pytest.raises(ModelSpecError, match=r"x\.gguf"):
        LlamaModel(path)

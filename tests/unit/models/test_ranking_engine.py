"""Log-likelihoods of the embedded engine: right, and the same bits whatever else is asked."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.llama_model import LlamaModel
from evalkit.models.ranking_engine import RankingEngine, log_sum_exp
from evalkit.models.ranking_pool import Ranked, RankingPool
from tests.local_models import weights
from tests.shared_data import shared_data

pytestmark = pytest.mark.local_model

SHOTS = "\n\n".join(
    f"Review: {text}\nSentiment: {label}"
    for text, label in [
        ("a warm and funny film with a cast that never puts a foot wrong .", "positive"),
        ("it drags , it preaches , and then it has the nerve to end on a cliffhanger .", "negative"),
        ("the best two hours that i have spent in a cinema this year .", "positive"),
    ]
)
CHOICES = (" negative", " positive", " really quite awful and dull from beginning to end")


def prompts() -> list[str]:
    """Short ones, and some with a long beginning in common."""
    reviews = ["dull .", "a delight from start to finish .", "i have seen worse , but not this year ."]
    asked = [f"Review: {review}\nSentiment:" for review in reviews]
    return [*asked, *(f"{SHOTS}\n\n{text}" for text in asked)]


@pytest.fixture(scope="module", params=["smollm2", "gemma3-270m"])
def path(request: pytest.FixtureRequest) -> Path:
    return weights(request.param)


def rank_all(path: Path, texts: Sequence[str], *, n_engines: int = 1, in_flight: int = 1) -> list[Ranked]:
    async def run() -> list[Ranked]:
        pool = RankingPool(path, None, 1024, n_engines)
        gate = asyncio.Semaphore(in_flight)

        async def one(text: str) -> Ranked:
            async with gate:
                return await pool.rank(text, CHOICES)

        try:
            return list(await asyncio.gather(*map(one, texts)))
        finally:
            await pool.close()

    return asyncio.run(run())


def test_values_are_the_same_bits_in_any_order_and_at_any_concurrency(path: Path) -> None:
    texts = prompts()
    alone = {text: rank_all(path, [text])[0].logprobs for text in texts}
    shuffled = random.Random(0).sample(texts, len(texts))
    for n_engines in (1, 2):
        together = rank_all(path, shuffled, n_engines=n_engines, in_flight=len(texts))
        assert [ranked.logprobs for ranked in together] == [alone[text] for text in shuffled]


@pytest.fixture(scope="module")
def smollm2() -> LlamaModel:
    return LlamaModel(weights("smollm2"))


def test_log_sum_exp_agrees_with_scipy() -> None:
    special = pytest.importorskip("scipy.special")
    logits = np.random.default_rng(0).normal(0, 8, 50_000).astype(np.float32)
    for shift in (0, 80, -300):
        assert log_sum_exp(logits + shift) == pytest.approx(
            special.logsumexp(np.float64(logits + shift)), abs=1e-4
        )


def test_a_continuation_is_worth_the_sum_of_its_steps(smollm2: LlamaModel) -> None:
    engine = RankingEngine(smollm2, 256)
    context = smollm2.tokenize("Once upon a time, there was a little")
    rest = smollm2.tokenize(" girl who lived in a village")
    (whole,) = engine.rank(context, [rest])
    steps = [engine.rank(context + rest[:i], [[token]])[0] for i, token in enumerate(rest)]
    engine.close()
    # Kernels round by batch shape, so the two ways differ a little on 4-bit weights.
    assert whole == pytest.approx(sum(steps), abs=0.25 * len(rest))


def test_more_choices_than_sequences_go_in_rounds(smollm2: LlamaModel) -> None:
    engine = RankingEngine(smollm2, 256)
    context = smollm2.tokenize("The number is")
    choices = [smollm2.tokenize(f" {i} {i}") for i in range(70)]
    together = engine.rank(context, choices)
    engine.close()
    assert len(together) == 70
    assert len(set(together)) > 60


def test_a_prompt_that_does_not_fit_is_an_error_and_harms_no_other(smollm2: LlamaModel) -> None:
    engine = RankingEngine(smollm2, 64)
    context = smollm2.tokenize("The sky is")
    before = engine.rank(context, [[100], [200]])
    with pytest.raises(ModelError, match="exceeds 64"):
        engine.rank(context * 40, [[100]])
    assert engine.rank(context, [[100], [200]]) == before
    engine.close()


def test_decisions_agree_with_lm_evaluation_harness() -> None:
    """lm-eval 0.4.13 over transformers in float32: accuracy 0.98; the 4-bit engine rounds differently."""
    folder = shared_data("reference", "lm_eval_sent100")
    docs = [json.loads(line) for line in (folder / "sentiment100.jsonl").read_text().splitlines()]
    reference = folder / "lm_eval_0.4.13_hf_f32_samples.jsonl"
    expected = [json.loads(line)["loglikelihoods"] for line in reference.read_text().splitlines()]

    async def run() -> list[Ranked]:
        pool = RankingPool(weights("smollm2"), None, 512, 2)
        texts = [f"Review: {doc['sentence']}\nSentiment:" for doc in docs]
        try:
            return list(await asyncio.gather(*(pool.rank(text, CHOICES[:2]) for text in texts)))
        finally:
            await pool.close()

    seen = [ranked.logprobs for ranked in asyncio.run(run())]
    wanted = [[float(value) for value, _ in pair] for pair in expected]
    decisions = [one[1] > one[0] for one in seen]
    assert decisions == [one[1] > one[0] for one in wanted]
    assert sum(d == bool(doc["label"]) for d, doc in zip(decisions, docs, strict=True)) == 98
    gaps = [abs(a - b) for one, two in zip(seen, wanted, strict=True) for a, b in zip(one, two, strict=True)]
    assert sum(gaps) / len(gaps) < 0.25
    assert max(gaps) < 1.0


def test_a_text_or_a_choice_that_is_nothing_is_the_error_of_its_sample_alone() -> None:
    async def run() -> list[Ranked | BaseException]:
        pool = RankingPool(weights("smollm2"), None, 256, 1)
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

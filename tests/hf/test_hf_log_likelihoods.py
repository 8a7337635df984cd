"""Log-likelihoods of ``hf/…``: those of lm-evaluation-harness on the same weights, in any batch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer

from evalkit.core.request import Request
from evalkit.errors import ModelError
from evalkit.models.torch_engine import log_likelihoods
from evalkit.models.torch_engine.loaded_model import LoadedModel
from evalkit.models.torch_engine.log_likelihoods import encoded, tokenized
from tests.agreement.benchmarks import BENCHMARKS, GOLDEN, Benchmark, load
from tests.agreement.benchmarks import requests as requests_of
from tests.agreement.golden import read
from tests.asking import rank
from tests.hf.asking_hf import one_by_one, together
from tests.shared_data import shared_data

#: Samples of each benchmark: `make agreement` takes them all.
N_SAMPLES = 4


def golden(benchmark: Benchmark) -> list[dict[str, Any]]:
    return read(GOLDEN / f"{benchmark.name}.jsonl")


@pytest.mark.filterwarnings("ignore::evalkit.datasets.load.DatasetWarning")  # a torn row of QQP
def test_they_are_those_of_lm_evaluation_harness_on_the_same_weights(smollm2: Path) -> None:
    shared_data()
    asked: list[Request] = []
    wanted: list[list[float]] = []
    for benchmark in BENCHMARKS:
        if "logprobs" not in golden(benchmark)[0]:
            continue
        order = -1 if benchmark.is_reversed else 1
        asked += requests_of(load(benchmark)[0])[:N_SAMPLES]
        wanted += [line["logprobs"][::order] for line in golden(benchmark)[:N_SAMPLES]]
    assert len(asked) >= 30
    for response, logprobs in zip(together(f"hf/{smollm2}?device=cpu", asked), wanted, strict=True):
        assert response.choice_logprobs == pytest.approx(logprobs, abs=1e-4)


def test_a_batch_moves_them_by_rounding_alone(tiny: Path) -> None:
    asked = [
        rank("The sky is", "blue", "a fish of the deep sea", "blue as ice"),
        rank("Once upon a time there was", "a king", "a", "nothing"),
        rank("x", "y"),
    ]
    spec = f"hf/{tiny}?device=cpu"
    for one, other in zip(one_by_one(spec, asked), together(spec, asked), strict=True):
        assert one.choice_logprobs == pytest.approx(other.choice_logprobs, abs=2e-5)
        assert one.output == other.output
        assert one.choice_tokens == other.choice_tokens


def test_a_long_continuation_gathers_no_error_of_one_sign_over_a_large_vocabulary() -> None:
    logits = 3.0 * torch.randn(64, 49_152, generator=torch.Generator().manual_seed(20))
    tail = logits.argmax(dim=-1).tolist()
    exact = logits.double().log_softmax(dim=-1).amax(dim=-1).sum()
    found = log_likelihoods._Table(logits, logits.logsumexp(dim=-1)).log_likelihood(0, tail)
    assert found == pytest.approx(float(exact), abs=2e-5)


def test_choices_of_one_token_after_one_context_are_read_once(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    inner = log_likelihoods._tables

    def noting(model: LoadedModel, batch: Sequence[Any]) -> list[Any]:
        seen.append(len(batch))
        return inner(model, batch)

    monkeypatch.setattr(log_likelihoods, "_tables", noting)
    together(f"hf/{tiny}?device=cpu", [rank("The answer is", "A", "B", "C", "D")])
    assert seen == [1]


def test_without_a_context_a_token_of_the_beginning_stands_for_it(tiny: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    found = tokenized(tokenizer, "", [" yes"])
    assert found.context == [tokenizer.bos_token_id]
    assert found.continuations == [tokenizer.encode(" yes", add_special_tokens=False)]


def test_white_space_goes_over_to_the_continuation(tiny: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    assert tokenized(tokenizer, "Question: ", ["yes"]) == tokenized(tokenizer, "Question:", [" yes"])


def test_a_text_that_begins_with_the_first_token_gets_no_second_one(tiny: Path) -> None:
    class Adding:
        """A tokenizer that puts a token in front, as Llama's does."""

        def decode(self, token: int) -> str:
            return "<s>"

        def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
            return [1] * add_special_tokens + [5] * len(text)

    assert encoded(Adding(), "ab", 1) == [1, 5, 5]
    assert encoded(Adding(), "<s>ab", 1) == [5, 5, 5, 5, 5]


def test_a_choice_without_tokens_is_an_error_of_that_sample(tiny: Path) -> None:
    with pytest.raises(ModelError, match="no tokens of its own"):
        tokenized(AutoTokenizer.from_pretrained(tiny), "x", [""])

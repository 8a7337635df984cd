"""Choices ranked by llama.cpp in the precision of the file."""

from __future__ import annotations

import pytest

from evalkit.errors import ModelError
from evalkit.models.embedded.llama_model import LlamaModel
from evalkit.models.embedded.ranking_engine import RankingRequest
from evalkit.models.embedded.stored_engine import StoredEngine
from tests.local_models import weights

pytestmark = pytest.mark.local_model


@pytest.fixture(scope="module")
def smollm2() -> LlamaModel:
    return LlamaModel(weights("smollm2"))


def test_a_continuation_is_worth_the_sum_of_its_steps(smollm2: LlamaModel) -> None:
    engine = StoredEngine(smollm2, 256)
    context = smollm2.tokenize("Once upon a time, there was a little")
    rest = smollm2.tokenize(" girl who lived in a village")
    (whole,) = engine.rank(context, [rest])
    steps = [engine.rank(context + rest[:i], [[token]])[0] for i, token in enumerate(rest)]
    engine.close()
    # Kernels round by batch shape, so the two ways differ a little on 4-bit weights.
    assert whole == pytest.approx(sum(steps), abs=0.25 * len(rest))


def test_more_choices_than_sequences_go_in_rounds(smollm2: LlamaModel) -> None:
    engine = StoredEngine(smollm2, 256)
    context = smollm2.tokenize("The number is")
    choices = [[1_000 + i, 2_000 + i] for i in range(70)]
    together = engine.rank(context, choices)
    engine.close()
    assert len(together) == 70
    assert len(set(together)) > 60


def test_a_prompt_that_does_not_fit_is_an_error_and_harms_no_other(smollm2: LlamaModel) -> None:
    engine = StoredEngine(smollm2, 64)
    context = smollm2.tokenize("The sky is")
    good, bad = RankingRequest(context, [[100], [200]]), RankingRequest(context * 40, [[100]])
    (before,) = engine.rank_all([good])
    fault, after = engine.rank_all([bad, good])
    engine.close()
    assert isinstance(fault, ModelError)
    assert "exceeds 64" in str(fault)
    assert after == before

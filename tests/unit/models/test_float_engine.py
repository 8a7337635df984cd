"""Choices ranked in float32: right, and the same bits whatever is asked before or beside."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest

from evalkit.errors import ModelError
from evalkit.models.embedded.blas import one_thread_each
from evalkit.models.embedded.float_engine import FloatEngine, margin_of
from evalkit.models.embedded.ranking_engine import RankingRequest
from tests.unit.models.tiny_decoder import GEMMA, N_VOCAB, plain_logprobs, tiny_weights

WEIGHTS = tiny_weights(GEMMA, norms=True)


def text(seed: int, n: int) -> list[int]:
    tokens: list[int] = np.random.default_rng(seed).integers(0, N_VOCAB, n).tolist()
    return tokens


def requests() -> list[RankingRequest]:
    """Short and long contexts, some with a beginning in common that ends anywhere, choices of any length."""
    contexts = [text(i, 3 + 23 * i % 90) for i in range(9)]
    contexts += [text(50, 77) + text(60 + i, 1 + 5 * i) for i in range(9)] + [text(99, 330)]
    return [
        RankingRequest(context, [text(1000 + 10 * i + k, 1 + (i + k) % 7) for k in range(1 + i % 5)])
        for i, context in enumerate(contexts)
    ]


@pytest.fixture(scope="module", autouse=True)
def margin() -> Iterator[int | None]:
    one_thread_each.enter()
    yield margin_of(WEIGHTS)
    one_thread_each.leave()


def engine() -> FloatEngine:
    return FloatEngine(WEIGHTS, 512, margin_of(WEIGHTS))


def plain(request: RankingRequest) -> list[float]:
    values = []
    for tokens in request.continuations:
        logprobs = plain_logprobs(WEIGHTS, request.context + tokens)[len(request.context) - 1 : -1]
        values.append(float(logprobs[np.arange(len(tokens)), tokens].sum()))
    return values


def test_requests_are_read_together_here(margin: int | None) -> None:
    """Else the tests of company below would show nothing."""
    assert margin is not None


def test_values_are_those_of_the_plain_formulas() -> None:
    for request, values in zip(requests(), engine().rank_all(requests()), strict=True):
        assert values == pytest.approx(plain(request), abs=1e-3)


@pytest.mark.parametrize("n_together", [1, 2, 5, 19])
def test_values_are_the_same_bits_in_any_order_and_company(n_together: int) -> None:
    asked = requests()
    alone = [engine().rank_all([request])[0] for request in asked]
    order = random.Random(n_together).sample(range(len(asked)), len(asked))
    one = engine()
    for start in range(0, len(order), n_together):
        chosen = order[start : start + n_together]
        assert one.rank_all([asked[i] for i in chosen]) == [alone[i] for i in chosen]


def test_a_beginning_that_requests_share_is_read_once() -> None:
    one, beginning = engine(), text(50, 77)
    one.rank_all([RankingRequest(beginning + text(i, 5), [[1]]) for i in range(2)])
    assert one.n_shared([*beginning, 1, 2, 3]) == 77
    one.rank_all([RankingRequest(text(3, 40), [[1]])])
    assert one.n_shared([*beginning, 1, 2, 3]) == 77


def test_a_beginning_that_comes_again_in_the_next_call_is_kept() -> None:
    one, beginning = engine(), text(50, 77)
    for i in range(2):
        one.rank_all([RankingRequest(beginning + text(i, 5), [[1]])])
    assert one.n_shared([*beginning, 1]) == 77


def test_a_blas_that_rounds_by_shape_gets_one_request_at_a_time() -> None:
    one = FloatEngine(WEIGHTS, 512, None)
    asked = requests()[:4]
    assert one.n_rows == 1
    together = one.rank_all(asked)
    assert together == [FloatEngine(WEIGHTS, 512, None).rank_all([request])[0] for request in asked]
    assert one.n_shared(asked[0].context) == 0


def test_a_request_that_does_not_fit_is_an_error_and_harms_no_other() -> None:
    good, bad = RankingRequest(text(1, 20), [[1], [2]]), RankingRequest(text(2, 510), [[1], [1, 2, 3]])
    fault, values = engine().rank_all([bad, good])
    assert isinstance(fault, ModelError)
    assert "exceeds 512" in str(fault)
    assert values == engine().rank_all([good])[0]

"""Golden files of lm-evaluation-harness: the same requests, and from its log-likelihoods the same results.

``make agreement`` runs the harness itself and, with ``--write``, makes the files anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.core.subject import ModelSpec
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model
from evalkit.registry import SCORERS
from evalkit.runner.prepared_task import PreparedTask
from tests.agreement.benchmarks import BENCHMARKS, GOLDEN, Benchmark, load, requests
from tests.agreement.golden import read, seamed, text_hash
from tests.local_models import weights
from tests.shared_data import shared_data

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.filterwarnings("ignore::evalkit.datasets.load.DatasetWarning"),  # a torn row of QQP
]

each_benchmark = pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda benchmark: benchmark.name)


@cache
def golden(benchmark: Benchmark) -> list[dict[str, Any]]:
    return read(GOLDEN / f"{benchmark.name}.jsonl")


#: Those where the harness asked the model; of the others the requests alone are kept.
ASKED = {benchmark.name: benchmark for benchmark in BENCHMARKS if "logprobs" in golden(benchmark)[0]}

#: Results of the harness -> our scorer. ReCoRD's would be SQuAD's; the harness needs an old library for them.
SCORER = {"acc": "choice", "acc_norm": "choice_norm"}


@cache
def ours(benchmark: Benchmark) -> PreparedTask:
    shared_data()
    return load(benchmark)[0]


@each_benchmark
def test_every_request_is_that_of_lm_evaluation_harness_to_the_character(benchmark: Benchmark) -> None:
    asked = requests(ours(benchmark))
    assert len(asked) == len(golden(benchmark)) >= 5
    for request, line in zip(asked, golden(benchmark), strict=True):
        context, continuations = seamed(request.text, request.continuations or ())
        assert request.sample.id == line["id"]
        assert text_hash(context) == line["context"]
        wanted = line["continuations"][:: -1 if benchmark.is_reversed else 1]
        assert list(map(text_hash, continuations)) == wanted


@pytest.fixture(scope="module")
def ranking() -> Iterator[Callable[[Request], Response]]:
    """One request after the other to the embedded model, which computes in float32."""
    weights("smollm2")
    model = open_model(ModelSpec.parse("local/smollm2"), ModelSettings())
    with asyncio.Runner() as runner:
        runner.run(model.start())
        yield lambda request: runner.run(model.respond(request))
        runner.run(model.close())


def scored(benchmark: Benchmark, scorer: str) -> list[tuple[Score, dict[str, Any]]]:
    """What our scorer says of the harness's own log-likelihoods, beside what the harness says."""
    judge = SCORERS.get(scorer)()
    pairs = []
    for sample, line in zip(ours(benchmark).samples, golden(benchmark), strict=True):
        logprobs = tuple(line["logprobs"][:: -1 if benchmark.is_reversed else 1])
        best = (sample.choices or ())[logprobs.index(max(logprobs))]
        pairs.append((judge.score(sample, Response(best, choice_logprobs=logprobs)), line["results"]))
    return pairs


def test_six_benchmarks_and_more_hold_the_log_likelihoods_of_the_harness() -> None:
    assert len(ASKED) >= 6
    assert all(len(golden(benchmark)) >= 5 for benchmark in ASKED.values())


@pytest.mark.parametrize("name", ASKED)
def test_the_same_log_likelihoods_give_the_same_results_on_every_sample(name: str) -> None:
    benchmark = ASKED[name]
    scorers = {"acc": "choice_mass"} if name == "truthfulqa_mc2" else SCORER
    for result in set(scorers) & set(golden(benchmark)[0]["results"]):
        for score, theirs in scored(benchmark, scorers[result]):
            wanted = theirs[result]
            if name == "multirc":  # the harness has the labels of its two choices turned round
                wanted = 1 - wanted
            assert score.value == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("name", ASKED)
def test_the_embedded_model_gives_the_log_likelihoods_of_the_harness(
    name: str, ranking: Callable[..., Any]
) -> None:
    """On the shortest of its prompts; ``make agreement`` asks all of them."""
    benchmark = ASKED[name]
    pairs = zip(requests(ours(benchmark)), golden(benchmark), strict=True)
    request, line = min(pairs, key=lambda pair: len(pair[0].text))
    wanted = line["logprobs"][:: -1 if benchmark.is_reversed else 1]
    assert ranking(request).choice_logprobs == pytest.approx(wanted, abs=1e-3)

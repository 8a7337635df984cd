"""Golden files of lm-evaluation-harness: the same requests, and from its log-likelihoods the same results.

``make agreement`` runs the harness itself and, with ``--write``, makes the files anew.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.registry import SCORERS
from evalkit.runner.prepared_task import PreparedTask
from tests.agreement.benchmarks import BENCHMARKS, GOLDEN, Benchmark, load, requests
from tests.agreement.golden import read, seamed, text_hash
from tests.shared_data import shared_data

pytestmark = pytest.mark.shared_data

RANKED = [benchmark for benchmark in BENCHMARKS if benchmark.name != "nq_open"]
each_benchmark = pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda benchmark: benchmark.name)

#: Results of the harness -> our scorer. ReCoRD's would be SQuAD's; the harness needs an old library for them.
SCORER = {"acc": "choice", "acc_norm": "choice_norm"}


@cache
def golden(benchmark: Benchmark) -> list[dict[str, Any]]:
    return read(GOLDEN / f"{benchmark.name}.jsonl")


@cache
def ours(benchmark: Benchmark) -> PreparedTask:
    shared_data()
    return load(benchmark)[0]


@each_benchmark
def test_every_request_is_that_of_lm_evaluation_harness_to_the_character(benchmark):
    asked = requests(ours(benchmark))
    assert len(asked) == len(golden(benchmark)) >= 10
    for request, line in zip(asked, golden(benchmark), strict=True):
        context, continuations = seamed(request.text, request.continuations or ())
        assert request.sample.id == line["id"]
        assert text_hash(context) == line["context"]
        wanted = line["continuations"][:: -1 if benchmark.is_reversed else 1]
        assert list(map(text_hash, continuations)) == wanted


def scored(benchmark: Benchmark, scorer: str) -> list[tuple[Score, dict[str, Any]]]:
    """What our scorer says of the harness's own log-likelihoods, beside what the harness says."""
    judge = SCORERS.get(scorer)()
    pairs = []
    for sample, line in zip(ours(benchmark).samples, golden(benchmark), strict=True):
        logprobs = tuple(line["logprobs"][:: -1 if benchmark.is_reversed else 1])
        best = (sample.choices or ())[logprobs.index(max(logprobs))]
        pairs.append((judge.score(sample, Response(best, choice_logprobs=logprobs)), line["results"]))
    return pairs


@pytest.mark.parametrize(
    "benchmark, result",
    [
        (benchmark, result)
        for benchmark in RANKED
        for result in SCORER
        if benchmark.name not in {"record", "multirc", "truthfulqa_mc2"}
        and (result == "acc" or benchmark.name in {"hellaswag", "arc_challenge"})
        and benchmark.name != "cola"
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_the_same_log_likelihoods_give_the_same_verdict_on_every_sample(benchmark, result):
    for score, theirs in scored(benchmark, SCORER[result]):
        assert score.value == theirs[result]


def test_mc2_is_the_same_probability_mass():
    (benchmark,) = (b for b in BENCHMARKS if b.name == "truthfulqa_mc2")
    for score, theirs in scored(benchmark, "choice_mass"):
        assert score.value == pytest.approx(theirs["acc"], abs=1e-6)


def test_the_harness_turns_the_labels_of_multirc_round():
    (benchmark,) = (b for b in BENCHMARKS if b.name == "multirc")
    for score, theirs in scored(benchmark, "choice"):
        assert score.value == 1 - theirs["acc"]

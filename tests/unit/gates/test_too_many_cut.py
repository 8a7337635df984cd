"""Answers cut at max_tokens: above a share no gate is decided, and the bound that would do is told."""

from __future__ import annotations

import random
from typing import Any

import pytest

from evalkit.comparisons.cut_answers import enough_tokens, with_cut_apart
from evalkit.comparisons.estimate import estimate
from evalkit.core.gate import GateLimits, GateRules
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.core.task import Task
from evalkit.gates.deciding.too_many_errors import too_many_cut
from evalkit.metrics.graded.mean import Mean
from evalkit.metrics.operations.refusal_rate import RefusalRate
from evalkit.metrics.operations.truncated_rate import TruncatedRate


def answers(*responses: Response, values: list[float] | None = None) -> Observations:
    ids = [str(i) for i in range(len(responses))]
    scores = {"judge": [Score("judge", value) for value in values or [1.0] * len(ids)]}
    return Observations(ids, [None] * len(ids), list(responses), scores, None, {"judge": "judge"})


def ended(reason: str | None, tokens: int | None = None) -> Response:
    return Response("x", finish_reason=reason, completion_tokens=tokens)


def test_truncated_rate_is_the_share_of_those_whose_end_is_known() -> None:
    found = estimate(
        TruncatedRate(), "truncated_rate", answers(*map(ended, ("stop", "length", None, "stop", "stop")))
    )
    assert (found.value, found.n, found.is_higher_better) == (0.25, 4, False)


def test_a_refusal_that_the_provider_names_counts_whatever_its_words() -> None:
    sides = answers(Response("No.", finish_reason="refusal"), Response("No.", finish_reason="stop"))
    assert estimate(RefusalRate(), "refusal_rate", sides).value == 0.5


def test_gates_are_errors_above_the_share_that_the_task_allows() -> None:
    sides = answers(*[ended("stop", 10)] * 98, *[ended("length", 64)] * 2)
    assert too_many_cut("candidate", sides, 0.02) is None
    assert too_many_cut("candidate", sides, None) is None
    told = too_many_cut("candidate", sides, 0.01) or ""
    assert told.startswith(
        "2 of 100 responses of the candidate were cut at max_tokens (2 %, max_truncated_rate 1 %)"
    )


def test_the_bound_that_is_told_would_cut_about_the_share_that_is_allowed() -> None:
    rng = random.Random(0)
    lengths = [round(rng.expovariate(1 / 200)) + 1 for _ in range(4_000)]
    sides = answers(*(ended("length" if n > 256 else "stop", min(n, 256)) for n in lengths))
    enough = enough_tokens(sides, 256, 0.01)
    assert enough is not None
    # Of exponential lengths with mean 200 exactly 1 % exceed 200 ln 100 = 921.
    assert enough == pytest.approx(921, rel=0.1)


def test_where_every_answer_was_cut_twice_the_bound_is_told() -> None:
    assert enough_tokens(answers(*[ended("length", 100)] * 3), None, 0.01) == 256
    assert enough_tokens(answers(ended("length")), 100, 0.01) == 256
    assert enough_tokens(answers(ended("length")), None, 0.01) is None


@pytest.mark.parametrize("n_repeats", [1, 2])
def test_numbers_stand_with_and_without_the_cut_answers(n_repeats: int) -> None:
    sides = answers(ended("stop"), ended("length"), ended("stop"), ended("stop"), values=[1, 0, 1, 0])
    if n_repeats == 2:
        ids = ["a", "a", "b", "b"]
        sides = Observations(ids, sides.targets, sides.responses, sides.scores, None, sides.scorer_signatures)
    metrics: dict[str, Any] = {"mean:judge": Mean("judge"), "truncated_rate": TruncatedRate()}
    made = {label: estimate(metric, label, sides) for label, metric in metrics.items()}
    found = with_cut_apart(made, metrics, sides)
    assert [(each.value, each.n_cut, each.without_cut) for each in found.values()] == [
        (0.5, 1, pytest.approx(2 / 3)),
        (0.25, 0, None),
    ]


@pytest.mark.parametrize(
    ("says", "limit"),
    [
        ({}, 0.01),
        ({"choices": ["a", "b"]}, None),
        ({"choices": ["a", "b"], "scoring": "loglikelihood"}, None),
        ({"choices": ["a", "b"], "max_truncated_rate": 0.2}, 0.2),
    ],
)
def test_free_texts_have_a_limit_of_one_percent(says: dict[str, object], limit: float | None) -> None:
    task = Task(task="t", samples=[{"input": "x", "target": "a"}], **says)  # type: ignore[arg-type]
    assert task.truncation_limit == limit


def test_rules_keep_the_limit_and_those_of_older_stores_have_none() -> None:
    rules = GateRules(limits=GateLimits(max_truncated_rate=0.05))
    assert GateRules.from_mapping(rules.as_dict()) == rules
    older = GateRules.from_mapping({"gates": [], "max_error_rate": 0.01, "min_common": 0.5})
    assert older.limits.max_truncated_rate is None

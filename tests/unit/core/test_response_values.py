"""Values of an answer are what its fields declare, or are refused by name."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from evalkit.core.response import Response
from evalkit.core.response_kinds import DEEPEST, is_too_deep
from evalkit.core.response_values import READERS, checked
from evalkit.errors import ModelError

NUMBERS = ["twelve", [], {}, True, math.nan, math.inf, -1, 10**30, 10**5000]

IMPOSSIBLE: dict[str, Any] = {
    "prompt_tokens": [*NUMBERS, 1.5],
    "completion_tokens": [*NUMBERS, 2**63],
    "cost_usd": [*NUMBERS, 1e300],
    "latency_s": NUMBERS,
    "ttft_s": NUMBERS,
    "created_at": ["now", True, math.nan, 1e18, 1e300, -1e18],
    "finish_reason": [1, ["stop"], {"stop": 1}],
    "is_cached": [1, "yes"],
    "contexts": ["one text", [1], [None], {"a": "b"}, 3],
    "tool_calls": ["f", ["f"], {"name": "f"}, 3, [{1: object}, 2]],
    "choice_logprobs": ["a", -1.0, ["a"], [True], [math.nan], [math.inf], [None]],
    "choice_tokens": ["a", 1, [1.5], [-1], [10**30]],
    "model_revision": [5, {"a": 1}, b"x"],
    "vendor_finish_reason": [1, ["stop"]],
    "cached_tokens": [*NUMBERS, 1.5],
    "cache_write_tokens": [*NUMBERS, 1.5],
    "reasoning_tokens": [*NUMBERS, 1.5],
    "reasoning": [1, ["a thought"]],
    "queue_s": NUMBERS,
    "retries": [*NUMBERS, 1.5],
    "request_id": [7, b"x"],
    "trajectory": [
        "text",
        [1],
        [{"content": "no role"}],
        [{"role": "user", "content": [1]}],
        {"role": "user"},
    ],
    "is_batched": [1, "yes"],
    "throttled": [*NUMBERS, 1.5],
    "cost_source": [7, b"x"],
}
CASES = [(name, value) for name, values in IMPOSSIBLE.items() for value in values]


@pytest.mark.parametrize(
    ("name", "value"), CASES, ids=lambda each: str(each)[:20] if each != 10**5000 else "huge"
)
def test_an_impossible_value_is_refused_by_its_field(name: str, value: Any) -> None:
    with pytest.raises(ModelError, match=rf"impossible values: {name} .*is ") as caught:
        checked(Response("Paris", **{name: value}))
    assert len(str(caught.value)) < 200


def test_every_field_that_a_provider_sets_is_looked_at() -> None:
    placed = {"output", "sample_id", "repeat", "input", "error", "error_kind", "media"}
    assert {each.name for each in fields(Response)} - placed == set(READERS) == set(IMPOSSIBLE)


def test_what_means_the_same_is_turned_into_the_type_of_its_field() -> None:
    given = Response(
        "x",
        prompt_tokens=np.int64(3),  # type: ignore[arg-type]
        completion_tokens=4.0,  # type: ignore[arg-type]
        cost_usd=np.float32(0.5),  # type: ignore[arg-type]
        contexts=["a"],  # type: ignore[arg-type]
        tool_calls=[{"name": "f"}],  # type: ignore[arg-type]
        choice_logprobs=[-1, -math.inf],  # type: ignore[arg-type]
    )
    found = checked(given)
    assert found == Response(
        "x",
        prompt_tokens=3,
        completion_tokens=4,
        cost_usd=0.5,
        contexts=("a",),
        tool_calls=({"name": "f"},),
        choice_logprobs=(-1.0, -math.inf),
    )
    assert [type(n) for n in (found.prompt_tokens, found.completion_tokens, found.cost_usd)] == [
        int,
        int,
        float,
    ]


def test_a_usual_answer_is_passed_on_as_it_is() -> None:
    response = Response("x", prompt_tokens=3, completion_tokens=0, cost_usd=0, latency_s=0.5, created_at=1.0)
    assert checked(response) is response


@pytest.mark.parametrize("output", [None, 3, b"x", ["x"]])
def test_an_answer_that_is_no_text_is_refused(output: Any) -> None:
    with pytest.raises(ModelError, match="is not a text"):
        checked(Response(output))


def test_an_answer_with_an_error_is_that_error() -> None:
    with pytest.raises(ModelError, match="quota"):
        checked(Response("half a text", error={"code": "quota"}))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["choice_logprobs", "choice_tokens"])
def test_a_ranking_has_a_value_for_each_choice(name: str) -> None:
    values = {"choice_logprobs": (-1.0, -2.0), "choice_tokens": (1, 1)}
    assert checked(Response("x", **values), 2).output == "x"  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=f"1 {name} for 2 choices"):
        checked(Response("x", **{**values, name: values[name][:1]}), 2)  # type: ignore[arg-type]


def test_tool_calls_that_hold_themselves_are_refused() -> None:
    call: dict[str, Any] = {}
    call["self"] = call
    with pytest.raises(ModelError, match="tool_calls"):
        checked(Response("x", tool_calls=(call,)))


def test_depth_is_counted_outside_of_texts() -> None:
    assert is_too_deep(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1))
    assert not is_too_deep(b'["' + b"[" * 500 + b'\\"' + b"[" * 500 + b'"]')
    assert not is_too_deep(b"[" + b"[]," * 500 + b"[]]")

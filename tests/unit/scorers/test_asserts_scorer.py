"""asserts runs what a sample itself demands."""

from __future__ import annotations

import asyncio
import warnings
from typing import Any

import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Assertion, Sample
from evalkit.core.score import Score
from evalkit.errors import ScorerError, TaskError
from evalkit.registry import ASSERTIONS
from evalkit.scorers.custom.asserts import Asserts, validate_assertions

HERE = "tests.unit.scorers.applications"
OUTPUT = "We refund order 4711 within 14 days."


def score(
    *assertions: Assertion, output: str = OUTPUT, target: Any = None, n_tokens: int | None = 9
) -> Score:
    sample = Sample("s1", "q", target, assertions=assertions)
    result = Asserts().score(sample, Response(output, completion_tokens=n_tokens))
    if isinstance(result, Score):
        return result

    async def wait() -> Score:
        return await result

    return asyncio.run(wait())


def is_met(name: str, value: Any, **keywords: Any) -> bool:
    return score(Assertion(name, {"value": value}), **keywords).value == 1


HOLDS: list[tuple[str, Any, str]] = [
    ("contains", "refund", OUTPUT),
    ("contains", ["refund", "days"], OUTPUT),
    ("not_contains", ["lawyer", "never"], OUTPUT),
    ("regex", r"order \d{4}", OUTPUT),
    ("not_regex", r"\d{5}", OUTPUT),
    ("equals", OUTPUT, f" {OUTPUT}\n"),
    ("equals", 42, "42"),
    ("one_of", ["yes", "no"], "no"),
    ("numeric", 14, OUTPUT),
    ("max_tokens", 9, OUTPUT),
    ("max_chars", len(OUTPUT), OUTPUT),
    ("min_chars", len(OUTPUT), OUTPUT),
    ("json_schema", {"type": "array"}, "[1]"),
    ("json_fields", {"a": 1}, '{"a": 1, "b": 2}'),
    ("python", f"{HERE}:is_short", "short"),
    ("python", f"{HERE}:is_short_async", "short"),
]
FAILS: list[tuple[str, Any, str]] = [
    ("contains", "exchange", OUTPUT),
    ("contains", ["refund", "exchange"], OUTPUT),
    ("not_contains", "refund", OUTPUT),
    ("regex", r"order \d{5}", OUTPUT),
    ("not_regex", r"\d{4}", OUTPUT),
    ("equals", "We refund", OUTPUT),
    ("one_of", ["yes", "no"], "maybe"),
    ("numeric", 15, OUTPUT),
    ("max_tokens", 8, OUTPUT),
    ("max_chars", len(OUTPUT) - 1, OUTPUT),
    ("min_chars", len(OUTPUT) + 1, OUTPUT),
    ("json_schema", {"type": "object"}, "[1]"),
    ("json_fields", {"a": 2}, '{"a": 1}'),
    ("python", f"{HERE}:is_short", OUTPUT),
    ("python", f"{HERE}:is_short_async", OUTPUT),
]


@pytest.mark.parametrize("name, value, output", HOLDS)
def test_an_assertion_holds(name: str, value: Any, output: str) -> None:
    assert is_met(name, value, output=output)


@pytest.mark.parametrize("name, value, output", FAILS)
def test_an_assertion_fails_and_is_explained(name: str, value: Any, output: str) -> None:
    result = score(Assertion(name, {"value": value}), output=output)
    assert result.value == 0
    assert (result.explanation or "").startswith(f"{name}: ")


def test_every_assertion_of_the_registry_is_tried_both_ways() -> None:
    assert set(ASSERTIONS) <= {name for name, _, _ in HOLDS}
    assert {name for name, _, _ in HOLDS} == {name for name, _, _ in FAILS}


def test_all_must_hold_and_each_failing_one_is_listed_with_what_was_seen() -> None:
    result = score(
        Assertion("contains", {"value": "exchange"}),
        Assertion("contains", {"value": "refund"}),
        Assertion("max_chars", {"value": 10}),
    )
    assert result.value == 0
    assert (
        result.explanation
        == "contains: exchange: does not contain 'exchange'; max_chars: 10: has 36 characters"
    )


def test_a_regex_asks_for_a_match_whatever_the_target() -> None:
    assert is_met("regex", r"\d+", target="something else")


def test_parameters_reach_the_scorer() -> None:
    assert score(Assertion("contains", {"value": "REFUND", "ignore_case": True})).value == 1


def test_at_least_lowers_the_bar_of_a_graded_scorer() -> None:
    half = {"value": {"a": 1, "b": 2}}
    output = '{"a": 1}'
    assert score(Assertion("json_fields", half), output=output).value == 0
    assert score(Assertion("json_fields", {**half, "at_least": 0.5}), output=output).value == 1


def test_any_scorer_is_an_assertion_by_its_name() -> None:
    assert score(Assertion("squad", {"at_least": 0.4}), target="a refund of the order").value == 1


def test_unknown_tokens_are_an_error_and_no_failure() -> None:
    with pytest.raises(ScorerError, match="max_tokens: 9: the model reports no completion tokens"):
        is_met("max_tokens", 9, n_tokens=None)


def test_a_function_that_raises_is_an_error_and_no_failure() -> None:
    with pytest.raises(ScorerError, match="raises: KeyError"):
        is_met("python", f"{HERE}:raises")


def test_an_error_beside_an_async_assertion_leaves_nothing_unawaited() -> None:
    slow = Assertion("python", {"value": f"{HERE}:is_short_async"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ScorerError, match="max_tokens"):
            score(slow, Assertion("max_tokens", {"value": 1}), n_tokens=None)


def test_a_sample_without_assertions_is_an_error() -> None:
    with pytest.raises(ScorerError, match="no assertions"):
        score()


@pytest.mark.parametrize(
    "name, params, message",
    [
        ("contain", {"value": "x"}, r"unknown assertion 'contain' \(did you mean contains"),
        ("asserts", {}, "unknown assertion 'asserts'"),
        ("regex", {"value": "("}, "is not a pattern"),
        ("not_regex", {"value": "("}, "is not a pattern"),
        ("max_chars", {"value": "many"}, "value 'many' is not a whole number"),
        ("max_chars", {"value": -1}, "negative"),
        ("max_chars", {}, "needs the parameter 'value'"),
        ("json_schema", {"value": {"type": "objekt"}}, "schema is wrong"),
        ("contains", {"value": "x", "ignorecase": True}, "did you mean ignore_case"),
        ("contains", {"value": "x", "at_least": "half"}, "at_least 'half' is not a number"),
        ("python", {"value": "nowhere:f"}, "cannot be loaded"),
    ],
)
def test_a_wrong_assertion_is_a_task_error_before_anything_runs(
    name: str, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(TaskError, match=message) as caught:
        validate_assertions([Assertion(name, params)])
    assert caught.value.key == "assert"


def test_right_assertions_are_valid() -> None:
    validate_assertions(Assertion(name, {"value": value}) for name, value, _ in HOLDS)


@pytest.mark.parametrize(
    "name, params, value",
    [
        ("rougeL", {"at_least": 0.4}, 1.0),
        ("rougeL", {"at_least": 0.6}, 0.0),
        ("wer", {"at_most": 1}, 1.0),
        ("wer", {"at_most": 0.4, "ignore_case": True}, 0.0),
        ("contains", {"value": "a", "at_least": 0, "at_most": 0}, 0.0),
    ],
)
def test_a_text_metric_is_an_assertion_with_a_bound(name: str, params: dict[str, Any], value: float) -> None:
    assert score(Assertion(name, params), output="a b", target="a c").value == value


@pytest.mark.parametrize(
    "name, params, message",
    [
        ("rougeL", {}, r"assertion 'rougeL' has no bound \(add 'at_least: …' or 'at_most: …'"),
        ("wer", {"at_most": "low"}, "at_most 'low' is not a number"),
        ("wer", {"at_most": 1, "ignore": True}, "has no parameter 'ignore'"),
        ("rougeX", {}, "did you mean rouge"),
    ],
)
def test_a_text_metric_that_is_written_wrongly_says_how(
    name: str, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(TaskError, match=message):
        validate_assertions([Assertion(name, params)])

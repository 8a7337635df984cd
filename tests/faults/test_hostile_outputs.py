"""What a model wrote harms its own row alone, and no pattern or schema of a task hangs the session."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from evalkit.core.gate import MetricSpec
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.sample import Assertion, Sample
from evalkit.core.score import Score
from evalkit.core.task import ScorerSpec
from evalkit.errors import LimitError, TaskError
from evalkit.limits import helper
from evalkit.metrics.open import open_metric
from evalkit.runner.scoring import score_response
from evalkit.scorers.custom.asserts import validate_assertions
from evalkit.scorers.open import open_scorer

DEEP = "[" * 100_000
ODD = [
    DEEP,
    "[" * 500 + "]" * 500,
    '{"a":' * 100_000,
    f'{{"d1": {DEEP}',
    "[" + "9" * 5_000 + "]",
    '[["d1", ' + "9" * 5_000 + "]]",
    '["d1", "d1"]',
    '[["d1", NaN], ["d2", 1]]',
    "[[], {}]",
    "\0",
    "\ud800",
]
BOMBS: list[tuple[str, dict[str, Any], str]] = [
    ("regex", {"pattern": "(a+)+$"}, "a" * 40 + "b"),
    ("regex", {"pattern": "(a|a)*b", "which": "last"}, "a" * 40),
    ("regex", {"pattern": r"(\s*\w+)*x"}, "a" * 40 + "!"),
    ("regex", {"pattern": ".*", "regexes_to_ignore": ["(x+x+)+y"]}, "x" * 40),
    ("not_regex", {"pattern": "(.*)*="}, "a" * 40),
    ("exact_match", {"regexes_to_ignore": [r"^(([a-z])+.)+[A-Z]([a-z])+$"]}, "a" * 60),
    ("exact_str_match", {"output_regex": "(a?){30}a{30}b"}, "a" * 60),
    ("json_schema", {"schema": {"pattern": "^(a+)+$"}}, '"' + "a" * 40 + 'b"'),
    ("json_schema", {"schema": {"patternProperties": {"^(a+)+$": {}}}}, '{"' + "a" * 40 + 'b": 1}'),
    (
        "json_schema",
        {"schema": {"patternProperties": {"^(a|a)*$": {}}, "additionalProperties": False}},
        '{"' + "a" * 40 + 'b": 1}',
    ),
    (
        "json_schema",
        {
            "schema": {
                "$defs": {
                    "a0": {"type": "integer"},
                    **{f"a{i}": {"allOf": [{"$ref": f"#/$defs/a{i - 1}"}] * 2} for i in range(1, 40)},
                },
                "$ref": "#/$defs/a39",
            }
        },
        "5",
    ),
]


@pytest.fixture(autouse=True)
def no_call_was_late_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helper, "_n_late", 0)
    monkeypatch.setattr(helper, "CALL_S", 0.2)


def scored(name: str, params: dict[str, Any], output: str, target: Any = "x") -> Score:
    specs: dict[str, tuple[str, dict[str, Any], tuple[Assertion, ...]]] = {
        "not_regex": ("asserts", {}, (Assertion("not_regex", params),))
    }
    scorer_name, scorer_params, assertions = specs.get(name, (name, params, ()))
    sample = Sample("s", "", target, assertions=assertions)
    scorer = open_scorer(ScorerSpec(scorer_name, scorer_params))
    (score,) = asyncio.run(score_response([scorer], sample, Response(output, "s")))
    return score


@pytest.mark.parametrize(
    "name, params, output", BOMBS, ids=[f"{i}-{each[0]}" for i, each in enumerate(BOMBS)]
)
def test_what_would_hang_is_an_error_row_that_names_it(
    name: str, params: dict[str, Any], output: str
) -> None:
    score = scored(name, params, output)
    assert score.value is None
    assert "took more than 0.2 s" in (score.error or "")
    assert ("pattern '" if "schema" not in params else "scorer 'json_schema'") in (score.error or "")


def test_a_pattern_that_took_too_long_three_times_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def late(*arguments: Any, what: str) -> Any:
        asked.append(what)
        raise LimitError(f"{what} took more than 1 s")

    monkeypatch.setattr("evalkit.limits.patterns.call", late)
    scorer = open_scorer(ScorerSpec("regex", {"pattern": "(a+)+$"}))
    sample, response = Sample("s", ""), Response("a" * 40 + "b", "s")
    scores = [asyncio.run(score_response([scorer], sample, response))[0] for _ in range(5)]
    assert len(asked) == 3
    assert ["given up" in (score.error or "") for score in scores] == [False, False, False, True, True]


@pytest.mark.parametrize("name", ["precision_at_k", "recall_at_k", "mrr", "map", "ndcg_at_k"])
def test_odd_rankings_are_failures_of_their_rows_alone(name: str) -> None:
    outputs = ['["d1"]', *ODD]
    metric = open_metric(MetricSpec(name))
    ids = [f"s{i}" for i in range(len(outputs))]
    responses = [Response(output, each) for output, each in zip(outputs, ids, strict=True)]
    table = metric.table(Observations(ids, [["d1"]] * len(ids), responses, {}, None, {}))
    assert "s0" in table.sample_ids
    assert table.n_failed >= 8
    assert not {"s1", "s2", "s3", "s4", "s7"} & set(table.sample_ids)


@pytest.mark.parametrize("output", ODD)
@pytest.mark.parametrize(
    "name, params, target",
    [
        ("json_schema", {"schema": {"type": "object"}}, None),
        ("json_fields", {}, {"a": 1}),
        ("exact_match", {}, "x"),
        ("numeric", {}, 1),
        ("choice", {}, "x"),
        ("squad", {}, "x"),
    ],
)
def test_an_odd_output_has_a_score_or_an_error_whatever_the_scorer(
    name: str, params: dict[str, Any], target: Any, output: str
) -> None:
    score = scored(name, params, output, target)
    assert (score.value is None) != (score.error is None)


@pytest.mark.parametrize(
    "assertion",
    [
        Assertion("regex", {"value": "(" * 5_000}),
        Assertion("regex", {"value": "a{99999999999999999999}"}),
        Assertion("regex", {"value": "("}),
        Assertion("regex", {"value": "(?P<n>a)(?P<n>b)"}),
        Assertion("regex", {"value": "x", "at_least": 10**400}),
        Assertion("json_schema", {"value": {"pattern": "("}}),
        Assertion("json_schema", {"value": {"patternProperties": {"(": {}}}}),
        Assertion("json_schema", {"value": {"type": 5}}),
        Assertion("json_schema", {"value": {"$schema": 5}}),
        Assertion("json_fields", {"value": {}}),
        Assertion("x" * 100_000, {}),
    ],
    ids=lambda each: str(each)[:60],
)
def test_an_assertion_that_cannot_be_used_is_a_task_error(assertion: Assertion) -> None:
    with pytest.raises(TaskError) as caught:
        validate_assertions([assertion])
    assert len(str(caught.value)) < 4_000


@pytest.mark.parametrize(
    "name, params",
    [
        ("chrf", {"char_order": 10**9}),
        ("chrf", {"word_order": 10**9}),
        ("chrf", {"beta": 10**9}),
        ("bleu", {"max_ngram_order": 10**9}),
        ("bleu", {"max_ngram_order": 10**400}),
        ("bleu", {"smooth_value": 10**400}),
        ("bleu", {"smooth_value": float("nan")}),
        ("rouge_n", {"n": 10**9}),
        ("map", {"relevant_from": float("nan")}),
        ("spice", {"heap_mb": 10**9}),
        ("spice", {"threads": 0}),
        ("spice", {"max_words": -1}),
        ("meteor", {"heap_mb": -1}),
    ],
)
def test_a_parameter_out_of_range_is_refused_when_the_metric_is_opened(
    name: str, params: dict[str, Any]
) -> None:
    with pytest.raises(TaskError, match=name):
        open_metric(MetricSpec(name, params))

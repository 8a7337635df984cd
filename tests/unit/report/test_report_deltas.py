"""Differences from the baseline."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from evalkit.core.estimate import Estimate
from evalkit.report.collect import collect_comparison
from evalkit.report.deltas import delta
from tests.unit.report.memory_source import MemorySource, comparison, rows


def compared(before: str, after: str, **changes: Any) -> MemorySource:
    source = MemorySource()
    for run_id, marks in (("a", before), ("b", after)):
        source.add_run(run_id)
        source.add(run_id, f"e-{run_id}", rows(marks), metric_specs={"accuracy": ["accuracy", {}]})
        share = marks.count("+") / len(marks)
        source.estimates_of[f"e-{run_id}"] = [
            Estimate("accuracy", share, 0.0, 1.0, len(marks), "accuracy|v1")
        ]
    first = source.estimates_of["e-b"][0]
    source.estimates_of["e-b"] = [replace(first, **changes)]
    return source


def test_a_metric_that_no_gate_compared_is_compared_for_the_report() -> None:
    (item,) = collect_comparison(compared("+" * 30 + "-" * 10, "-" * 30 + "+" * 10), "a", "b").evaluations
    assert item.pair is not None
    found = delta(item.estimates[0], item.pair)
    assert found is not None
    assert found.difference == pytest.approx(-0.5)
    assert found.low is not None
    assert found.high is not None
    assert found.low < -0.5 < found.high < 0
    assert found.word == "worse"


def test_unlike_signatures_are_never_compared() -> None:
    data = collect_comparison(compared("++--", "+---", signature="accuracy|v2"), "a", "b")
    assert data.evaluations[0].pair is not None
    assert delta(data.evaluations[0].estimates[0], data.evaluations[0].pair) is None


def test_where_lower_is_better_the_sign_is_that_of_the_metric_and_a_rise_is_worse() -> None:
    source = compared("++", "++", metric="latency_p95_s", is_higher_better=False)
    (item,) = collect_comparison(source, "a", "b").evaluations
    assert item.pair is not None
    slower = comparison(metric="latency_p95_s", difference=-0.3, low=-0.4, high=-0.2)
    found = delta(item.estimates[0], replace(item.pair, comparisons={"latency_p95_s": slower}))
    assert found is not None
    assert (found.difference, found.low, found.high, found.word) == (0.3, 0.2, 0.4, "worse")
    assert found.text == "+300 ms [200 ms, 400 ms]"


def test_a_difference_whose_interval_holds_zero_is_unclear() -> None:
    (item,) = collect_comparison(compared("++--", "++--"), "a", "b").evaluations
    assert item.pair is not None
    found = delta(item.estimates[0], item.pair)
    assert found is not None
    assert found.word == "unclear"
    assert not math.isnan(found.difference)


def test_what_was_asked_again_is_no_difference_between_models() -> None:
    source = compared("++", "++", metric="rerun_calls")
    source.estimates_of["e-a"] = [replace(source.estimates_of["e-b"][0], value=3.0)]
    (item,) = collect_comparison(source, "a", "b").evaluations
    assert item.pair is not None
    assert delta(item.estimates[0], item.pair) is None


@pytest.mark.parametrize(("shown", "word"), [({"is_worse": True}, "worse"), ({"is_worse": False}, "unclear")])
def test_worse_needs_the_test_beside_the_interval(shown: dict[str, Any], word: str) -> None:
    (item,) = collect_comparison(compared("++", "--"), "a", "b").evaluations
    assert item.pair is not None
    made = comparison(low=-0.4, high=-0.01, **shown)
    found = delta(item.estimates[0], replace(item.pair, comparisons={"accuracy": made}))
    assert found is not None
    assert found.word == word


def test_better_needs_the_test_beside_the_interval() -> None:
    (item,) = collect_comparison(compared("--", "++"), "a", "b").evaluations
    assert item.pair is not None
    words = []
    for is_better in (True, False):
        made = comparison(difference=0.2, low=0.01, high=0.4, is_worse=False, is_better=is_better)
        found = delta(item.estimates[0], replace(item.pair, comparisons={"accuracy": made}))
        assert found is not None
        words.append(found.word)
    assert words == ["better", "unclear"]

"""What an evaluation took."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.report.operations import histogram, measure, quantile
from evalkit.report.sections.operations import cost_text
from tests.unit.report.memory_source import rows

LATENCIES = st.lists(st.floats(1e-6, 1e4), min_size=1)


@given(LATENCIES, st.floats(0, 1))
def test_quantiles_are_those_of_numpy(values: list[float], share: float) -> None:
    assert quantile(sorted(values), share) == pytest.approx(np.quantile(values, share))


@given(LATENCIES)
def test_a_histogram_counts_every_latency_once(values: list[float]) -> None:
    counts, low, high = histogram(sorted(values))
    assert sum(counts) == len(values)
    assert low <= high


def test_an_unknown_cost_is_not_a_zero() -> None:
    answers = [Response("a", cost_usd=None), Response("b", cost_usd=None)]
    assert measure(Observations(["1", "2"], [None, None], answers)).cost_usd is None


def test_a_cost_that_is_partly_unknown_says_of_how_many() -> None:
    answers = [Response("a", cost_usd=0.5), Response("b")]
    operations = measure(Observations(["1", "2"], [None, None], answers))
    assert (operations.cost_usd, operations.n_without_cost) == (0.5, 1)


def test_equal_errors_are_counted_together_the_most_frequent_first() -> None:
    answers = [Response(error=text) for text in ("b", "a", "b")]
    groups = measure(Observations(["1", "2", "3"], [None] * 3, answers)).errors
    assert [(group.text, group.n, group.sample_id) for group in groups] == [("b", 2, "1"), ("a", 1, "2")]


def test_a_scorer_that_failed_is_an_error_of_the_row() -> None:
    operations = measure(rows("+!"))
    assert operations.n_errors == 1
    assert operations.errors[0].text == "timed out after 120 s"


def test_answers_that_did_not_end_by_themselves_are_counted() -> None:
    reasons = ["length", "length", "refusal", "content_filter", "stop", "tool_calls", None]
    answers = [Response("a", finish_reason=reason) for reason in reasons]
    answers.append(Response(error="no", finish_reason="length"))
    tally = measure(Observations([str(i) for i in range(8)], [None] * 8, answers)).tally
    assert tally.endings == "2 cut at max_tokens, 1 refused, 1 filtered"


def test_a_sum_of_some_responses_says_of_how_many() -> None:
    answers = [Response("a", cost_usd=0.5), Response("b"), Response(error="no")]
    operations = measure(Observations(["1", "2", "3"], [None] * 3, answers))
    assert cost_text(operations) == "$0.500 of 1 of 2 responses"

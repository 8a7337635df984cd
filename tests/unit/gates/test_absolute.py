"""Absolute gates: the point value decides, the text tells the rest."""

from __future__ import annotations

import pytest

from evalkit.comparisons.estimate import estimate
from evalkit.core.gate import parse_gate
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.verdict import Verdict
from evalkit.gates.absolute import AbsoluteGate
from evalkit.metrics.operations.cost import CostUsd
from evalkit.metrics.operations.error_rate import ErrorRate
from tests.unit.gates.deciding import decide_absolute
from tests.unit.gates.metric_doubles import ACCURACY, CORPUS, LATENCY, Mean, observe, shares


def decide(
    text: str, observations: Observations, metric: Mean = ACCURACY, max_error_rate: float = 0.01
) -> Verdict:
    gate = parse_gate(text)
    assert isinstance(gate, AbsoluteGate)
    seen = estimate(metric, gate.metric.label, observations)
    return decide_absolute(gate, seen, max_error_rate=max_error_rate, n_total=len(observations))


@pytest.mark.parametrize(
    "text, verdict",
    [
        ("accuracy >= 0.5", "pass"),
        ("accuracy > 0.5", "fail"),
        ("accuracy <= 0.5", "pass"),
        ("accuracy < 0.5", "fail"),
        ("accuracy == 0.5", "pass"),
        ("accuracy == 0.51", "fail"),
    ],
)
def test_the_point_value_decides(text: str, verdict: str) -> None:
    assert decide(text, observe(shares(100, 50))).verdict == verdict


def test_the_detail_shows_value_interval_n_and_threshold() -> None:
    assert decide("accuracy >= 0.55", observe(shares(1_000, 511))).detail == (
        "accuracy 0.511 [0.480, 0.542] on 1,000 responses, required >= 0.55; decided on the value."
    )


def test_a_straddling_interval_is_noted_and_changes_nothing() -> None:
    verdict = decide("accuracy >= 0.5", observe(shares(20, 11)))
    assert verdict.verdict == "pass"
    assert "The interval contains the threshold" in verdict.detail


def test_the_error_rate_is_a_fact_of_the_run_whose_interval_is_not_worth_a_note() -> None:
    gate = parse_gate("error_rate <= 0.01")
    assert isinstance(gate, AbsoluteGate)
    seen = estimate(ErrorRate(), "error_rate", observe(shares(20, 11)))
    verdict = decide_absolute(gate, seen, max_error_rate=0.01, n_total=20)
    assert verdict.detail == "error_rate 0.000 [0.000, 0.161] on 20 responses; decided on the value."


def test_a_value_close_to_the_threshold_is_shown_apart_from_it() -> None:
    assert decide("accuracy >= 0.55", observe(shares(100_000, 54_999))).detail.startswith(
        "accuracy 0.54999 ["
    )


def test_too_many_failures_are_an_error_with_share_and_first_text() -> None:
    verdict = decide("accuracy >= 0.5", observe([*shares(95, 95), *[None] * 5]))
    assert verdict.verdict == "error"
    assert verdict.detail == (
        "5 of 100 responses failed (5 %, max_error_rate 1 %); first: connection refused. "
        "The rest alone: accuracy 1.000 [0.961, 1.000] on 95 responses."
    )


def test_failures_within_the_rate_are_noted() -> None:
    verdict = decide("accuracy >= 0.5", observe([*shares(99, 99), None]))
    assert verdict.verdict == "pass"
    assert "1 response failed and was left out; first: connection refused." in verdict.detail


def test_latency_is_decided_on_the_responses_that_came() -> None:
    assert decide("latency_p50_s <= 2", observe([1.0] * 8 + [None] * 2), LATENCY).verdict == "pass"


def test_no_value_is_an_error_with_its_reason() -> None:
    verdict = decide("rms >= 0.1", observe([0.0] * 4), CORPUS)
    assert verdict.verdict == "error"
    assert verdict.detail == "rms has no value: rms is not defined over these 4 responses."


def test_all_failed_is_an_error_that_quotes_the_first_failure() -> None:
    verdict = decide("accuracy >= 0", observe([None, None]))
    assert verdict.verdict == "error"
    assert "none of 2 responses counts; first: connection refused" in verdict.detail


def test_a_total_of_the_prices_that_are_known_is_not_the_cost() -> None:
    prices = [0.1, None, 0.1, None]
    responses = [Response("x", cost_usd=price) for price in prices]
    seen = Observations(["a", "b", "c", "d"], [None] * 4, responses)
    verdict = decide("cost_usd <= 1", seen, CostUsd())  # type: ignore[arg-type]
    assert verdict.verdict == "error"
    assert verdict.detail.startswith("2 of 4 responses do not carry the number")


def test_a_gate_on_a_cost_that_nobody_knows_is_an_error_that_says_how_to_give_a_price() -> None:
    gate = parse_gate("cost_usd <= 1")
    assert isinstance(gate, AbsoluteGate)
    used = Response("a", prompt_tokens=3, completion_tokens=1)
    seen = estimate(CostUsd(), "cost_usd", Observations(["1"], [None], [used]))
    verdict = decide_absolute(gate, seen, max_error_rate=0.01, n_total=1)
    assert verdict.verdict == "error"
    assert "input_usd_per_mtok" in verdict.detail
    assert "[tool.evalkit.prices]" in verdict.detail

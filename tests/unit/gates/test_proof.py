"""Gates that ask for a proof: an end of the interval decides, and which one is said."""

from __future__ import annotations

import pytest

from evalkit.core.estimate import Estimate
from evalkit.core.gate import parse_gate
from evalkit.core.verdict import Verdict
from evalkit.gates.absolute import AbsoluteGate
from tests.unit.gates.deciding import decide_absolute


def decide(
    text: str, value: float, low: float | None = None, high: float | None = None, kind: str = "binary"
) -> Verdict:
    gate = parse_gate(text)
    assert isinstance(gate, AbsoluteGate)
    seen = Estimate(gate.metric.label, value, low, high, 100, "s", kind=kind)
    return decide_absolute(gate, seen, max_error_rate=0.01, n_total=100)


@pytest.mark.parametrize(
    "text, low, high, verdict",
    [
        ("accuracy >= 0.8 proven", 0.80, 0.90, "pass"),
        ("accuracy > 0.8 proven", 0.80, 0.90, "undecided"),
        ("accuracy >= 0.8 proven", 0.79, 0.90, "undecided"),
        ("accuracy >= 0.8 proven", 0.70, 0.80, "undecided"),
        ("accuracy > 0.8 proven", 0.70, 0.80, "fail"),
        ("accuracy >= 0.8 proven", 0.70, 0.79, "fail"),
        ("wer <= 0.2 proven", 0.10, 0.20, "pass"),
        ("wer <= 0.2 proven", 0.10, 0.21, "undecided"),
        ("wer <= 0.2 proven", 0.21, 0.30, "fail"),
        ("accuracy >= 0.8 not disproven", 0.70, 0.80, "pass"),
        ("accuracy >= 0.8 not disproven", 0.70, 0.79, "fail"),
        ("wer <= 0.2 not disproven", 0.20, 0.30, "pass"),
        ("wer <= 0.2 not disproven", 0.21, 0.30, "fail"),
    ],
)
def test_the_end_of_the_interval_decides(text: str, low: float, high: float, verdict: str) -> None:
    assert decide(text, (low + high) / 2, low, high).verdict == verdict


@pytest.mark.parametrize(
    "text, said",
    [
        ("accuracy >= 0.7", "; decided on the value."),
        ("accuracy >= 0.7 proven", "; proven by the lower end of the interval."),
        (
            "accuracy >= 0.8 proven",
            ", required >= 0.8; neither proven nor disproven, as the interval contains the number. "
            "More samples narrow it.",
        ),
        ("accuracy >= 0.95 proven", ", required >= 0.95; disproven by the upper end of the interval."),
        ("accuracy >= 0.8 not disproven", "; not disproven by the upper end of the interval."),
        (
            "accuracy >= 0.88 not disproven",
            "; not disproven by the upper end of the interval. The value itself is not >= 0.88.",
        ),
    ],
)
def test_the_detail_says_what_decided(text: str, said: str) -> None:
    assert decide(text, 0.85, 0.75, 0.9).detail == f"accuracy 0.850 [0.750, 0.900] on 100 responses{said}"


@pytest.mark.parametrize("proof", ["proven", "not disproven"])
def test_a_sum_is_exact_so_that_its_value_decides(proof: str) -> None:
    assert decide(f"cost_usd <= 1 {proof}", 0.9, kind="total").verdict == "pass"
    assert decide(f"cost_usd <= 1 {proof}", 1.1, kind="total").verdict == "fail"


@pytest.mark.parametrize("proof", ["proven", "not disproven"])
def test_without_an_interval_nothing_is_decided(proof: str) -> None:
    assert decide(f"accuracy >= 0.5 {proof}", 0.9).verdict == "undecided"

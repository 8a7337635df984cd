"""The numbers of a gate as properties of its test case: what ``--junit-xml`` and dashboards read."""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.core.estimate import Comparison, Estimate
from evalkit.core.gate import Gate
from evalkit.core.verdict import Verdict


def gate_properties(
    gate: Gate, verdict: Verdict, estimates: Mapping[str, Estimate]
) -> dict[str, str | float | int]:
    """Names as in the store; what is not known is left out.

    Of a regression gate, ``difference`` is candidate - baseline over the ``n_paired`` samples, its sign
    turned so that larger is better.
    """
    estimate = estimates.get(gate.metric.label)
    numbers: dict[str, str | float | int | None] = {"metric": gate.metric.label}
    if estimate is not None:
        numbers |= {
            "value": estimate.value, "ci_low": estimate.low, "ci_high": estimate.high, "n": estimate.n,
            "n_failed": estimate.n_failed,
        }  # fmt: skip
    if verdict.comparison is not None:
        numbers |= _of_comparison(verdict.comparison)
    numbers |= {"p_value": verdict.p_value, "baseline_run_id": verdict.baseline_run_id}
    return {name: value for name, value in numbers.items() if value is not None}


def _of_comparison(comparison: Comparison) -> dict[str, str | float | int | None]:
    return {
        "baseline": comparison.baseline,
        "difference": comparison.difference,
        "difference_low": comparison.low,
        "difference_high": comparison.high,
        "n_paired": comparison.n,
    }

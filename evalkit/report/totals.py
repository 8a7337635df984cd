"""Sums of which parts are unknown say of how many responses they are: they are not the total."""

from __future__ import annotations

from collections.abc import Iterable

from evalkit.core.estimate import Estimate
from evalkit.metrics.units import TOTALS, is_total

_RERUN_COST = "rerun_cost_usd"


def of_known(estimate: Estimate, estimates: Iterable[Estimate]) -> str:
    """``of 900 of 1,000 responses`` for a sum that some responses do not carry; empty for all else.

    Args:
        estimates: all of the same evaluation: its error rate tells how many responses there are.
    """
    n_answered = _n_answered(estimate, {each.metric: each for each in estimates})
    if estimate.value is None or n_answered is None or estimate.n >= n_answered:
        return ""
    return f"of {estimate.n:,} of {n_answered:,} responses"


def _n_answered(estimate: Estimate, known: dict[str, Estimate]) -> int | None:
    """Responses that a sum is over; None for what is not a sum over responses."""
    if estimate.metric == _RERUN_COST:
        calls, errors = known.get("rerun_calls"), known.get("rerun_errors")
        n_errors = round(errors.value or 0) if errors is not None else 0
        return calls.n - n_errors if calls is not None else None
    if not is_total(estimate.metric) or estimate.metric in TOTALS:
        return None
    all_ = known.get("error_rate")
    return all_.n - estimate.n_failed if all_ is not None else None

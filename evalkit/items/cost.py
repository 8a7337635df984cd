"""What samples cost a year, at the pace at which their task was run."""

from __future__ import annotations

from collections.abc import Sequence

DAY_S = 86_400.0
YEAR_S = 365.25 * DAY_S


def runs_a_year(started: Sequence[float]) -> float | None:
    """From the starts of all runs, in seconds, sorted; None where they span less than a day, which tells no
    pace."""
    span = started[-1] - started[0] if started else 0.0
    return None if span < DAY_S else (len(started) - 1) / span * YEAR_S


def cost_a_year(paid_usd: float | None, n_runs: int, pace: float | None) -> float | None:
    """US dollars, from what was paid over ``n_runs`` and the runs a year; None where either is unknown."""
    return None if paid_usd is None or pace is None or not n_runs else paid_usd / n_runs * pace

"""Numbers and times as people read them. Units follow the name: ``_s``, ``_usd``, ``_tokens``, ``_calls``."""

from __future__ import annotations

import math
from datetime import UTC, datetime

MINUS = "\u2212"
UNKNOWN = "unknown"

_UNIT_SUFFIXES = ("_s", "_usd", "_usd_mean", "_tokens", "_calls")
#: Whole numbers whose names have no unit.
_COUNTS = ("rerun_changed", "rerun_errors")


def base_name(metric: str) -> str:
    """``f1`` for ``f1(positive=yes)``."""
    return metric.partition("(")[0]


def is_total(metric: str) -> bool:
    """Whether a metric is a sum over all responses, which has no interval to show."""
    return metric in _COUNTS or base_name(metric).endswith(("_usd", "_tokens", "_calls"))


def is_share(metric: str) -> bool:
    """Whether a metric carries no unit, so that its axis may be 0..1 (or -1..1)."""
    return metric not in _COUNTS and not base_name(metric).endswith(_UNIT_SUFFIXES)


def value_text(metric: str, value: float | None) -> str:
    """``0.840``, ``1.25 s``, ``$0.0123`` or ``12,345``; a dash for no value."""
    if value is None or math.isnan(value):
        return "–"
    sign, size = (MINUS, -value) if value < 0 else ("", abs(value))
    name = base_name(metric)
    if name.endswith("_s"):
        return sign + seconds_text(size)
    if name.endswith(("_usd", "_usd_mean")):
        return sign + usd_text(size)
    if name in _COUNTS or name.endswith(("_tokens", "_calls")):
        return f"{sign}{size:,.0f}"
    return f"{sign}{size:.3f}" if size < 1000 else f"{sign}{size:,.1f}"


def difference_text(metric: str, value: float) -> str:
    """A value with its sign always shown; zero has none."""
    text = value_text(metric, value)
    return f"+{text}" if value > 0 else text


def interval_text(metric: str, low: float | None, high: float | None) -> str:
    """``[0.817, 0.862]``, empty where there is no interval."""
    if low is None or high is None:
        return ""
    return f"[{value_text(metric, low)}, {value_text(metric, high)}]"


def seconds_text(value: float | None) -> str:
    """Three significant digits: ``850 ms``, ``1.25 s``; minutes and hours from 100 s on."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value < 0.9995:
        return f"{_significant(value * 1000)} ms"
    if value < 99.95:
        return f"{_significant(value)} s"
    minutes, seconds = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"


def _significant(value: float) -> str:
    return f"{value:#.3g}".rstrip(".") if value else "0"


def usd_text(value: float | None) -> str:
    """``$1.24`` from a dollar on, else three significant digits; ``unknown`` is never a zero."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return "$0"
    if value < 0:  # no price, but a store may hold one that an older evalkit took
        return MINUS + usd_text(-value)
    if value >= 0.995:
        return f"${value:,.2f}"
    digits = min(max(2 - math.floor(math.log10(value)), 2), 8)
    return f"${value:.{digits}f}"


def count_text(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def p_text(value: float | None) -> str:
    """``0.034``, ``< 0.001``; empty where no test was made."""
    if value is None:
        return ""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def time_text(epoch_s: float | None) -> str:
    """``2026-11-24 13:26:05 UTC``."""
    if epoch_s is None:
        return UNKNOWN
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")

"""Numbers and times as people read them, each in the unit that its metric declares."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from evalkit.metrics.units import unit_of

MINUS = "\u2212"
UNKNOWN = "unknown"


def is_share(metric: str) -> bool:
    """Whether a metric carries no unit, so that its axis may be 0..1 (or -1..1)."""
    return unit_of(metric) in ("share", "none")


def value_text(metric: str, value: float | None) -> str:
    """``0.840``, ``1.25 s``, ``$0.0123`` or ``12,345``; a dash for no value."""
    if value is None or math.isnan(value):
        return "–"
    sign, size = (MINUS, -value) if value < 0 else ("", abs(value))
    unit = unit_of(metric)
    if unit == "s":
        return sign + seconds_text(size)
    if unit == "usd":
        return sign + usd_text(size)
    if unit in ("tokens", "calls"):
        return f"{sign}{size:,.0f}"
    if unit == "tokens_per_s":
        return f"{sign}{rate_text(size)}"
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


def rate_text(tokens_per_s: float | None) -> str:
    """Three significant digits: ``8.25 tokens/s``; whole numbers from 100 on."""
    if tokens_per_s is None or not math.isfinite(tokens_per_s):
        return UNKNOWN
    return f"{_significant(tokens_per_s) if tokens_per_s < 99.95 else f'{tokens_per_s:,.0f}'} tokens/s"


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

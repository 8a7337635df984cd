"""Numbers as the sentences of verdicts show them."""

from __future__ import annotations

from math import ceil, floor, isfinite, log10

from evalkit.core.estimate import Comparison
from evalkit.core.text import plural
from evalkit.stats.intervals import wilson_interval

#: Numbers nearer to 0 are 0 by rounding: a kappa of -2e-16.
_ROUNDING = 1e-12


def number(value: float, apart_from: float | None = None) -> str:
    """Three decimals; more where they would hide the value, or its distance from ``apart_from``."""
    if not isfinite(value):
        return str(value)
    if abs(value) < _ROUNDING:
        value = 0.0
    if abs(value) >= 1000:
        return f"{value:,.0f}" if apart_from is None or round(value) != round(apart_from) else f"{value!r}"
    for decimals in range(3, 12):
        text = f"{value:.{decimals}f}"
        is_hidden = value != 0 and float(text) == 0
        is_met = apart_from is not None and value != apart_from and float(text) == apart_from
        if not is_hidden and not is_met:
            return text
    return f"{value:g}"


def interval(low: float | None, high: float | None) -> str:
    """``[0.480, 0.542]``, or nothing where there is no interval."""
    return "" if low is None or high is None else f"[{number(low)}, {number(high)}]"


def level(shown: Comparison) -> str:
    """``90 % interval, one-sided 95 %``: what the interval of a comparison holds, and each of its ends."""
    both = f"{percent(shown.confidence)} interval"
    return f"{both}, one-sided {percent(1 - shown.alpha)}" if shown.is_one_sided else both


def percent(share: float) -> str:
    """``5 %``, ``1.25 %``: up to two decimals, never zero for something that happened."""
    return f"{100 * share:.2f}".rstrip("0").rstrip(".") + " %" if share >= 5e-5 or share == 0 else "< 0.01 %"


def rate(n_ones: int, n: int) -> str:
    """``15 % [5 %, 36 %]``: a share with Wilson's 95 % interval (see ``stats.intervals``), n >= 1."""
    low, high = wilson_interval(n_ones / n, n)
    return f"{_whole(n_ones / n)} [{_whole(low)}, {_whole(high)}]"


def _whole(share: float) -> str:
    """Whole percent; neither 0 nor 100 for what is only near."""
    return "< 1 %" if 0 < share < 0.005 else "> 99 %" if 0.995 <= share < 1 else f"{100 * share:.0f} %"


def p_text(p_value: float) -> str:
    """``p = 0.031`` or ``p < 0.0001``."""
    return "p < 0.0001" if p_value < 0.0001 else f"p = {p_value:.2g}" if p_value < 0.995 else "p = 1"


def about(n: int) -> str:
    """Rounded up to two figures: ``1,700``."""
    step = 10 ** max(0, floor(log10(max(n, 1))) - 1)
    return f"{ceil(n / step) * step:,}"


def in_groups(n_groups: int | None) -> str:
    """`` in 60 groups``, or nothing where samples share none."""
    return "" if n_groups is None else f" in {plural(n_groups, 'group')}"

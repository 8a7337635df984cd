"""The result of a query as bars or as a line: the first column along, the first of numbers upright."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from evalkit.core.text import plural
from evalkit.report.ways import Bar, Chart

Shape = Literal["bars", "line"]
SHAPES: tuple[Shape, ...] = ("bars", "line")
#: More bars than this are too narrow to be told apart.
MOST_BARS, MOST_POINTS = 60, 1_000
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 708.0, 12.0, 208.0
_MOST_NAMES, _WIDEST = 8, 56.0


def chart_of(columns: Sequence[str], rows: Sequence[Sequence[Any]], shape: Shape) -> Chart | str:
    """The picture; a sentence that says why there is none."""
    place = next((at for at in range(len(columns)) if _is_numbers([row[at] for row in rows])), None)
    if place is None:
        return "There is no chart: no column holds numbers alone."
    along = next((at for at in range(len(columns)) if at != place), place)
    drawn = [row for row in rows if row[place] is not None and math.isfinite(float(row[place]))]
    most = MOST_BARS if shape == "bars" else MOST_POINTS
    if not drawn or len(drawn) > most:
        return f"There is no chart: {shape} show 1 to {most:,} rows, these are {len(drawn):,}."
    values = [float(row[place]) for row in drawn]
    names = [_text(row[along]) for row in drawn]
    what = f"{columns[place]} by {columns[along]}"
    low, high, step = _scale(min(0.0, *values) if shape == "bars" else min(values), max(values), shape)
    return _drawn(names, values, (low, high, step), shape, what)


def _drawn(
    names: Sequence[str], values: Sequence[float], scale: tuple[float, float, float], shape: Shape, what: str
) -> Chart:
    low, high, step = scale

    def up(value: float) -> float:
        return round(_BOTTOM - (_BOTTOM - _TOP) * (value - low) / (high - low), 2)

    slot = (_RIGHT - _LEFT) / len(values)
    middles = [round(_LEFT + slot * (at + 0.5), 2) for at in range(len(values))]
    zero = up(min(max(0.0, low), high))
    labels = [f"{name}: {value:g}" for name, value in zip(names, values, strict=True)]
    if shape == "bars":
        width = round(min(slot * 0.76, _WIDEST), 2)
        bars = tuple(
            Bar(round(x - width / 2, 2), min(up(v), zero), width, round(abs(up(v) - zero), 2), label)
            for x, v, label in zip(middles, values, labels, strict=True)
        )
        path = ""
    else:
        bars = tuple(Bar(x, up(v), 0, 0, label) for x, v, label in zip(middles, values, labels, strict=True))
        path = "M" + "L".join(f"{bar.x} {bar.y}" for bar in bars)
    every = -(-len(names) // _MOST_NAMES)
    x_ticks = tuple((x, _short(name)) for x, name in list(zip(middles, names, strict=True))[::every])
    y_ticks = tuple((up(tick), f"{tick:g}") for tick in _ticks(low, high, step))
    label = (
        f"{what}, {plural(len(values), 'row')}, from {min(values):g} to {max(values):g}; the table has all"
    )
    return Chart(what, bars, path, x_ticks, y_ticks, zero, label)


def _scale(low: float, high: float, shape: Shape) -> tuple[float, float, float]:
    """Ends of the axis and the step between its marks: 1, 2 or 5 times a power of ten."""
    if shape == "bars":
        high = max(high, 0.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= rough * 0.999)
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def _ticks(low: float, high: float, step: float) -> list[float]:
    n = round((high - low) / step)
    return [float(f"{low + step * at:.12g}") for at in range(n + 1)]


def _is_numbers(values: Sequence[Any]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in known
    )


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    return value.isoformat() if isinstance(value, date) else str(value)


def _short(name: str) -> str:
    return name if len(name) <= 16 else f"{name[:15]}…"

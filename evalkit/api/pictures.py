"""Small pictures and tables for notebooks: inline SVG and styles, readable on light and dark pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from evalkit.core.text import inert

#: Colours that hold on white and on black: they tell apart what the words say already.
_GREEN, _RED, _AMBER, _GREY = "#2e8b57", "#d1442f", "#b8860b", "#808080"
_TONES = {"pass": _GREEN, "fail": _RED, "error": _RED, "undecided": _AMBER}
_TONES |= {"recorded": _GREY, "dropped": _GREY}
_SIGNS = {"pass": "✓", "fail": "✗", "error": "!", "undecided": "?", "recorded": "○", "dropped": "▽"}

_WIDTH, _HEIGHT, _PAD = 180.0, 18.0, 4.0
_CELL = "padding:2px 10px;text-align:{};vertical-align:top"


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its interval on an axis from ``low_end`` to ``high_end``, ``marks`` drawn across it."""

    value: float
    low: float | None
    high: float | None
    low_end: float
    high_end: float
    marks: tuple[float, ...] = ()
    tone: str = ""


def bar_svg(bar: Bar) -> str:
    """The picture; a reader without it has the numbers beside."""

    def x(value: float) -> float:
        span = (bar.high_end - bar.low_end) or 1.0
        share = min(max((value - bar.low_end) / span, 0.0), 1.0)
        return round(_PAD + share * (_WIDTH - 2 * _PAD), 1)

    y, color = _HEIGHT / 2, _TONES.get(bar.tone, "currentColor")
    lines = [_line(x(bar.low_end), y, x(bar.high_end), y, "currentColor", 0.25)]
    lines += [_line(x(mark), 1, x(mark), _HEIGHT - 1, "currentColor", 0.6, "2,2") for mark in bar.marks]
    if bar.low is not None and bar.high is not None:
        lines.append(_line(x(bar.low), y, x(bar.high), y, color, 1.0, width=3))
    dot = f'<circle cx="{x(bar.value)}" cy="{y}" r="4" fill="{color}"/>'
    size = f'width="{_WIDTH:g}" height="{_HEIGHT:g}"'
    return f'<svg {size} role="img" aria-hidden="true">{"".join(lines)}{dot}</svg>'


def badge(word: str) -> str:
    """A verdict: sign and word."""
    style = f"color:{_TONES.get(word, 'inherit')};font-weight:600"
    return f'<span style="{style}">{_SIGNS.get(word, "")} {escape(word)}</span>'


def paragraph(words: str) -> str:
    """Sentences under a table."""
    return f'<p style="padding:0 10px">{escape(inert(words))}</p>'


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells are markup already; ``text`` and ``number`` make them."""
    style = "text-align:left;font-weight:600;padding:6px 10px"
    top = f'<caption style="{style}">{escape(inert(caption))}</caption>' if caption else ""
    titles = "".join(f'<th style="{_CELL.format("left")}">{escape(name)}</th>' for name in head)
    lines = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    body = f"{top}<thead><tr>{titles}</tr></thead><tbody>{lines}</tbody>"
    return f'<table style="border-collapse:collapse">{body}</table>'


def text(value: str) -> str:
    """A cell of text."""
    return markup(escape(inert(value)))


def number(value: str) -> str:
    """A cell of a number as text."""
    return f'<td style="{_CELL.format("right")};font-variant-numeric:tabular-nums">{escape(value)}</td>'


def markup(inner: str) -> str:
    """A cell of what is markup already."""
    return f'<td style="{_CELL.format("left")}">{inner}</td>'


def _line(
    x1: float, y1: float, x2: float, y2: float, color: str, opacity: float, dashes: str = "", width: float = 1
) -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{color}" stroke-width="{width:g}" '
        f'stroke-opacity="{opacity:g}"{dashed}/>'
    )

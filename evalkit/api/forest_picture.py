"""The forest plot of a report for a notebook: one SVG without style sheet or script.

Text and lines take the colour of the page's text, marks colours that hold on white and on black.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from evalkit.core.text import inert
from evalkit.report.forest import LEFT, RIGHT, WIDTH
from evalkit.report.story import ForestPlot, ForestRow, Shape

_GREEN, _RED, _AMBER, _GREY = "#2e8b57", "#d1442f", "#b8860b", "#808080"
_COLORS: dict[Shape, str] = {
    "fail": _RED, "worse": _RED, "undecided": _AMBER, "pass": _GREEN, "better": _GREEN, "unclear": _GREY,
}  # fmt: skip
#: Outlines around the middle of a mark, and whether they are full: the verdict is told by shape.
_SHAPES: dict[Shape, tuple[str, bool]] = {
    "fail": ("m-6 -6h12v12h-12z", True),
    "undecided": ("m0 -7l7 7l-7 7l-7 -7z", True),
    "pass": ("m-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0z", True),
    "worse": ("m-6 -5h12l-6 11z", False),
    "better": ("m-6 5h12l-6 -11z", False),
    "unclear": ("m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z", False),
}


def forest_pictures(plots: Sequence[ForestPlot]) -> str:
    """All plots, one below the other; empty without any."""
    return "".join(map(_picture, plots))


def _picture(plot: ForestPlot) -> str:
    floor = plot.height - 36
    parts = [_line(f"M{plot.zero} 4V{floor}", 1.0)]
    parts += [_line(f"M{x} 4V{floor}", 0.15) for x, _ in plot.ticks]
    parts += [_text(x, floor + 14, text, "middle", size=11) for x, text in plot.ticks]
    parts += [
        _text(LEFT, floor + 30, plot.left_word), _text(RIGHT, floor + 30, plot.right_word, "end"),
    ]  # fmt: skip
    parts += [_text(0, each.y + 4, each.name, weight=600) for each in plot.headings]
    parts += [part for row in plot.rows for part in _row(row)]
    size = f'viewBox="0 0 {WIDTH:g} {plot.height:g}" width="{WIDTH:g}" height="{plot.height:g}"'
    title = f'<div style="font-weight:600;padding:6px 0">{_safe(plot.title)}</div>'
    look = 'style="max-width:100%;height:auto;font-family:sans-serif"'
    drawn = f'<svg {size} {look} role="img" aria-label="{_safe(plot.label)}">{"".join(parts)}</svg>'
    return f"<div>{title}{drawn}{_key(plot)}</div>"


def _row(row: ForestRow) -> Iterator[str]:
    color = _COLORS[row.shape]
    yield f"<g><title>{_safe(row.label)}</title>"
    detail = (
        f'<tspan dx="4" font-weight="400" opacity="0.75">{_safe(row.detail)}</tspan>' if row.detail else ""
    )
    yield _text(0, row.y + 4, row.name, weight=600, more=detail)
    yield from (_line(f"M{x} {row.y - 12}v24", 1.0, _AMBER, "3 2") for x in row.margins)
    ends = f"M{row.low} {row.y - 4}v8M{row.high} {row.y - 4}v8"
    yield _line(f"M{row.low} {row.y}H{row.high}{ends}", 1.0, color, width=2)
    yield _mark(row.shape, row.value, row.y)
    yield _text(WIDTH, row.y + 4, row.numbers, "end") + "</g>"


def _mark(shape: Shape, x: float, y: float) -> str:
    outline, is_full = _SHAPES[shape]
    color = _COLORS[shape]
    fill = color if is_full else "none"
    return f'<path d="M{x} {y}{outline}" fill="{fill}" stroke="{color}" stroke-width="2"/>'


def _key(plot: ForestPlot) -> str:
    items = [
        f'<svg width="16" height="16" aria-hidden="true">{_mark(shape, 8, 8)}</svg> {_safe(meaning)}'
        for shape, meaning in plot.shapes
    ]
    if plot.has_margins:
        dashes = _line("M8 0v16", 1.0, _AMBER, "3 2")
        items.append(f'<svg width="16" height="16" aria-hidden="true">{dashes}</svg> margin of the gate')
    return f'<div style="font-size:12px;opacity:0.85">{" &ensp; ".join(items)}</div>'


def _line(path: str, opacity: float, color: str = "currentColor", dashes: str = "", width: float = 1) -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    stroke = f'stroke="{color}" stroke-width="{width:g}" stroke-opacity="{opacity:g}"{dashed}'
    return f'<path d="{path}" fill="none" {stroke}/>'


def _text(
    x: float, y: float, text: str, anchor: str = "start", *, size: int = 12, weight: int = 400, more: str = ""
) -> str:
    look = f'font-size="{size}" font-weight="{weight}" fill="currentColor" text-anchor="{anchor}"'
    return f'<text x="{x:g}" y="{y:g}" {look}>{_safe(text)}{more}</text>'


def _safe(text: str) -> str:
    return escape(inert(text))

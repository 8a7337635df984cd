"""What commands print: tables that fit the terminal, times, notes, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from evalkit.core.encodings import in_encoding
from evalkit.core.text import inert, inert_json, visible
from evalkit.core.text_columns import columns

WIDTH = 100
_GAP = 2
_LEAST = 8


def say(*lines: object, is_aside: bool = False) -> None:
    """Print lines: all that commands print goes through here or ``print_json``. What is no answer goes aside,
    to stderr."""
    stream = sys.stderr if is_aside else sys.stdout
    for line in lines:
        print(in_encoding(inert(str(line)), stream.encoding), file=stream)


def print_lines(lines: Iterable[str], *, is_aside: bool = False) -> None:
    """Lines that a CI host obeys, as they are, made fit for that already; to stderr what stands beside an
    answer."""
    for line in lines:
        print(line, file=sys.stderr if is_aside else sys.stdout)


def print_text(text: str) -> None:
    """A text as it is into a file or another program; on a terminal hidden characters are shown by number."""
    sys.stdout.write(visible(text) if sys.stdout.isatty() else text)


def print_json(value: Any) -> None:
    """One JSON value; a list of objects with one object on each line."""
    if isinstance(value, list):
        print("[" + ",\n ".join(map(_json, value)) + "]")
    else:
        print(_json(value))


def print_table(
    headers: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    right: Iterable[str] = (),
    whole: Iterable[str] = (),
    width: int = WIDTH,
) -> None:
    """Aligned columns under their headers, the widest cut with … until the table fits ``width``."""
    for line in table_lines(headers, rows, right=right, whole=whole, width=width):
        say(line)


def table_lines(
    headers: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    right: Iterable[str] = (),
    whole: Iterable[str] = (),
    width: int = WIDTH,
) -> list[str]:
    """The lines of ``print_table``; columns named in ``right`` are aligned to the right, those in ``whole``
    never cut: what a reader has to copy."""
    is_right = [header in set(right) for header in headers]
    texts = [[cell_text(cell) for cell in row] for row in (headers, *rows)]
    needed = [max(map(columns, column)) for column in zip(*texts, strict=True)]
    widths = _fit(needed, [header not in set(whole) for header in headers], width)
    lines = []
    for row in texts:
        cells = map(_cell, row, widths, is_right)
        lines.append((" " * _GAP).join(cells).rstrip())
    return lines


def cell_text(value: Any) -> str:
    """A value on one line; hidden characters are shown by number."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple | dict):
        return visible(_json(value))
    return visible(" ".join(str(value).split()))


def local_time(seconds: float | None) -> str:
    """``2026-11-24 13:26:05`` on the reader's clock."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds).isoformat(sep=" ", timespec="seconds")


def utc_time(seconds: float | None) -> str | None:
    """ISO 8601 in UTC, for machines."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def print_notes(notes: Iterable[str]) -> None:
    """What the user should know beside the answer, on stderr."""
    say(*(f"evalkit: {note}" for note in notes), is_aside=True)


def _json(value: Any) -> str:
    try:
        text = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # lone surrogates, integers beyond 64 bits
        text = json.dumps(value, default=str, ensure_ascii=False)
    return inert_json(text)


def _fit(widths: Sequence[int], may_be_cut: Sequence[bool], width: int) -> list[int]:
    """Take columns from the widest that may be cut until all fit; none gets narrower than 8."""
    widths = list(widths)
    left = [index for index, may in enumerate(may_be_cut) if may]
    while sum(widths) + _GAP * (len(widths) - 1) > width:
        widest = max(left, key=widths.__getitem__, default=None)
        if widest is None or widths[widest] <= _LEAST:
            break
        widths[widest] -= 1
    return widths


def _cell(text: str, width: int, is_right: bool) -> str:
    if columns(text) > width:
        while columns(text) > width - 1:
            text = text[:-1]
        text += "…"
    space = " " * (width - columns(text))
    return space + text if is_right else text + space

"""How wide a text is on a terminal."""

from __future__ import annotations

import unicodedata


def columns(text: str) -> int:
    """Columns that a text takes: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def padded(text: str, width: int, *, is_right: bool = False) -> str:
    """``text`` with spaces up to ``width`` columns, before it where it stands at the right."""
    space = " " * (width - columns(text))
    return space + text if is_right else text + space


def clipped(text: str, width: int, *, head: int | None = None) -> str:
    """At most ``width`` columns: the middle gives way, as names differ at their ends.

    Args:
        head: columns that are left of the beginning; by default as many as of the end.
    """
    if columns(text) <= width:
        return text
    n_head = min(width - 1 - width // 2 if head is None else head, width - 1)
    start, end = text[:n_head], text[len(text) - (width - 1 - n_head) :]
    while start and columns(start) + 1 + columns(end) > width:
        start, end = (start[:-1], end) if columns(start) >= columns(end) else (start, end[1:])
    return f"{start}…{end}"

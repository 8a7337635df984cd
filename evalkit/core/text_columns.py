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


def clipped(text: str, width: int) -> str:
    """At most ``width`` columns: the middle gives way, as names differ at their ends."""
    if columns(text) <= width:
        return text
    head, tail = text[: (width - 1) - (width // 2)], text[-(width // 2) :]
    while head and columns(head) + 1 + columns(tail) > width:
        head, tail = (head[:-1], tail) if columns(head) >= columns(tail) else (head, tail[1:])
    return f"{head}…{tail}"

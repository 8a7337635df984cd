"""How values are compared and shown as text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def text_of(value: Any) -> str:
    """A text as it stands; a number, a truth value or anything else that JSON knows in its JSON form."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def texts_of(value: Any) -> tuple[str, ...]:
    """One text for a single value, one for each entry of a list."""
    if isinstance(value, list | tuple):
        return tuple([entry if type(entry) is str else text_of(entry) for entry in value])
    return (text_of(value),)


def shown(value: Any, limit: int = 80) -> str:
    """``value`` in quotes on one line, cut after ``limit`` characters, for messages."""
    if isinstance(value, str):
        return repr(value) if len(value) <= limit else f"{value[:limit]!r}…"
    try:
        return cut(text_of(value), limit)
    except (TypeError, ValueError, RecursionError):
        return seen(value, limit)


def seen(value: Any, limit: int = 200) -> str:
    """``value`` as Python writes it, cut after ``limit`` characters, for messages about what a file holds:
    never fails, however large or deep it is."""
    try:
        return cut(repr(value), limit)
    except (ValueError, RecursionError):  # an integer of more digits than Python writes
        return f"a value that cannot be shown ({type(value).__name__})"


def cut(text: str, limit: int) -> str:
    """``text`` with an ellipsis in place of what is beyond ``limit`` characters."""
    return text if len(text) <= limit else f"{text[:limit]}…"


def plural(n: int, noun: str) -> str:
    """``1 response``, ``1,000 responses``."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def shown_path(path: Path, folder: Path) -> str:
    """``path`` as seen from ``folder``, whole where it is not in it."""
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)

"""Where two JSON values differ: the paths of what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evalkit.core.text import shown

#: Stands for a value that is not there.
ABSENT = object()


def json_changes(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """``(path, old, new)`` of each leaf that differs; ``ABSENT`` where one side has none."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys([*old, *new]):
            below = f"{path}.{name}" if path else str(name)
            yield from json_changes(old.get(name, ABSENT), new.get(name, ABSENT), below)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from json_changes(before, after, f"{path}[{index}]")
    elif type(old) is not type(new) or old != new:
        yield path, old, new


def change_text(old: Any, new: Any) -> str:
    """``0.0 -> 0.7``, ``added: 5``, ``removed: 5``."""
    if old is ABSENT:
        return f"added: {shown(new)}"
    if new is ABSENT:
        return f"removed: {shown(old)}"
    return f"{shown(old)} -> {shown(new)}"

"""JSON of unknown origin: read whole, asked for by key, and every refusal names the file and the key."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import orjson

from evalkit.core.response_values import usable
from evalkit.core.text import shown
from evalkit.errors import UsageError
from evalkit.files import reading
from evalkit.files.border import reason_of

T = TypeVar("T")

_WORDS: Mapping[Any, str] = {dict: "an object", list: "a list", str: "a text", int: "a whole number"}


def refuse(path: Path, what: str, hint: str | None = None) -> NoReturn:
    """Raise the one line that says why a file cannot be imported."""
    raise UsageError(what, where=str(path), hint=hint)


def read_bytes(path: Path) -> bytes:
    """Raises UsageError where the file cannot be read."""
    try:
        return reading.read_bytes(path)
    except (OSError, ValueError, MemoryError) as error:
        refuse(path, f"cannot be read: {reason_of(error)}")


def parse(data: bytes, path: Path, part: str = "") -> Any:
    """The value that JSON stands for, ``NaN`` and ``Infinity`` included, as Python's tools write them."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        return _lenient(data, path, part, error)


def read_json(path: Path) -> Any:
    """A whole file of JSON. Raises UsageError on anything else."""
    return parse(read_bytes(path), path)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """A file of one JSON object a line. Raises UsageError that names the line."""
    return list(_lines(path))


def need(record: Mapping[str, Any], key: str, kind: type[T], path: Path, at: str = "") -> T:
    """``record[key]``, which must be of a kind. Raises UsageError that names the key."""
    name = f"{at}.{key}" if at else key
    if key not in record:
        refuse(path, f"has no {name!r}")
    value = record[key]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        refuse(path, f"{name} is not {_WORDS.get(kind, kind.__name__)}")
    return value


def get(record: Any, key: str, kind: type[T]) -> T | None:
    """``record[key]`` where it is there and of a kind, else None."""
    value = record.get(key) if isinstance(record, dict) else None
    return value if isinstance(value, kind) and not (kind is int and isinstance(value, bool)) else None


def number(value: Any) -> float | None:
    """A finite number (true and false are 1 and 0, a text may hold one), else None."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # an integer beyond every float
        return None


def whole(value: Any, name: str = "prompt_tokens") -> int | None:
    """A count of at least 1; None where nothing stands, or 0, which tools write where they counted nothing.

    Raises UsageError, without a place, for what is no count: an impossible number is not left out in silence.
    """
    return _usable(name, value) or None


def amount(value: Any, name: str) -> float | None:
    """Seconds or dollars of a call, None where nothing stands. Raises UsageError as ``whole`` does."""
    found = _usable(name, value)
    return None if found is None else float(found)


def _usable(name: str, value: Any) -> Any:
    try:
        return usable(name, float(value) if isinstance(value, str) else value)
    except ValueError:
        raise UsageError(f"{shown(value, 60)} cannot be the {name} of an answer") from None


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for place, line in enumerate(read_bytes(path).split(b"\n"), start=1):
        if line.strip():
            value = parse(line, path, f"line {place}: ")
            if not isinstance(value, dict):
                refuse(path, f"line {place} is not an object")
            yield value


def _lenient(data: bytes, path: Path, part: str, error: orjson.JSONDecodeError) -> Any:
    import json

    try:
        return json.loads(data)
    except (ValueError, RecursionError, MemoryError):
        refuse(path, f"{part}is not JSON: {error.msg.partition(': line')[0]} (line {error.lineno})")

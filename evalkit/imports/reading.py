"""JSON of unknown origin: read whole, asked for by key, and every refusal names the file and the key."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import orjson

from evalkit.errors import UsageError
from evalkit.files import reading
from evalkit.files.border import reason_of

T = TypeVar("T")

_WORDS: Mapping[Any, str] = {dict: "an object", list: "a list", str: "a text", int: "a whole number"}


def refuse(path: Path, what: str, mend: str | None = None) -> NoReturn:
    """Raise the one line that says why a file cannot be imported."""
    raise UsageError(what, where=str(path), mend=mend)


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
    return float(value) if math.isfinite(value) else None


def whole(value: Any) -> int | None:
    """A count of at least 1, else None: tools write 0 where they counted nothing."""
    found = number(value)
    return int(found) if found is not None and found >= 1 else None


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

"""Nested rows: one row for each element of a list inside, and columns by their path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evalkit.errors import did_you_mean

#: What a column is made of: a path, a list of such, or a mapping of names to such.
ColumnSource = str | list[Any] | Mapping[str, Any]


def unnested(row: Mapping[str, Any], path: str) -> Iterator[dict[str, Any]]:
    """A row for each element of the list at ``path``, the element standing in place of its list.

    Every list on the way is unrolled, so ``passage.questions.answers`` gives a row for each answer of each
    question. Raises ValueError where a step is not there or is not a list in the end.
    """
    name, _, rest = path.partition(".")
    if name not in row:
        raise ValueError(f"there is no column {name!r} ({did_you_mean(name, map(str, row))})")
    value = row[name]
    if not rest and not isinstance(value, list):
        raise ValueError(f"{name!r} is {type(value).__name__}, not a list")
    for element in value if isinstance(value, list) else [value]:
        if not rest:
            yield {**row, name: element}
        elif isinstance(element, Mapping):
            for inner in unnested(element, rest):
                yield {**row, name: inner}
        else:
            raise ValueError(f"{name!r} is {type(element).__name__}, not an object with fields")


def column_of(row: Mapping[str, Any], source: ColumnSource) -> Any:
    """The value of one column: at a path (``passage.text``; through a list, the values of its elements), or a
    list or an object made of several. Raises ValueError where a path leads nowhere."""
    if isinstance(source, str):
        return row[source] if source in row else _at(row, source, source)
    if isinstance(source, Mapping):
        return {name: column_of(row, inner) for name, inner in source.items()}
    return [column_of(row, inner) for inner in source]


def _at(value: Any, path: str, whole: str) -> Any:
    if isinstance(value, list):
        return [_at(element, path, whole) for element in value]
    name, _, rest = path.partition(".")
    if not isinstance(value, Mapping) or name not in value:
        known = map(str, value) if isinstance(value, Mapping) else ()
        raise ValueError(f"there is no column {whole!r} ({did_you_mean(name, known)})")
    return _at(value[name], rest, whole) if rest else value[name]

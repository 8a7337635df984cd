"""What the rows of a dataset say in few values (tags, language, topic), for the filters of a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evalkit.core.observations import Observations

#: ``Slice.by`` -> sample id -> the values that it gives.
Groups = Mapping[str, Mapping[str, Sequence[str]]]


def groups_of(
    observations: Observations, rows: Mapping[str, Mapping[str, Any]], fields: Iterable[str]
) -> Groups:
    """By what the task slices by, and by ``fields``, those of the rows that a scan found to have few values.

    Args:
        rows: sample id to its row of the dataset.
    """
    found = dict(observations.slices)
    for by in fields:
        if by not in found:
            found[by] = _values(rows, by.strip("{} ").split("."))
    return found


def _values(rows: Mapping[str, Mapping[str, Any]], path: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """As slices are called: truth values in small letters, white space folded. Rows share what they say."""
    *outer, name = path
    known: dict[Any, tuple[str, ...]] = {}
    found = {}
    for sample_id, row in rows.items():
        for each in outer:
            row = row.get(each, {})
            row = row if isinstance(row, Mapping) else {}
        value = row.get(name)
        key = repr(value)  # tells 1 from True, and lists apart
        if key not in known:
            known[key] = _texts(value)
        found[sample_id] = known[key]
    return found


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(_text, value if isinstance(value, list) else [value]))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else " ".join(str(value).split())

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
            path = by.strip("{} ").split(".")
            found[by] = {sample_id: _values(row, path) for sample_id, row in rows.items()}
    return found


def _values(row: Any, path: Sequence[str]) -> tuple[str, ...]:
    """As slices are called: truth values in small letters, white space folded."""
    for name in path:
        row = row.get(name) if isinstance(row, Mapping) else None
    if row is None:
        return ()
    return tuple(map(_text, row if isinstance(row, list) else [row]))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else " ".join(str(value).split())

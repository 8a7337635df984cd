"""What rows have in common: the fields with few values, and the slices that these make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.core.frozen import frozen
from evalkit.core.slices import Slice
from evalkit.prompts.slicing import MAX_LENGTH, is_absent

Row = Mapping[str, Any]

#: More values than these, or fewer samples of each on average, are an id or a text.
MAX_VALUES = 100
MIN_MEAN = 5


@frozen(slots=True)
class Categories:
    """The slices that rows have.

    Attributes:
        fields: those with few values, as ``by`` names them.
        slices: each with the ids of its samples; of several with the very same ones the first.
    """

    fields: tuple[str, ...]
    slices: Mapping[Slice, frozenset[str]]


def categories(rows: Mapping[str, Row]) -> Categories:
    """Every field of the rows, and of mappings in them, whose values are few short texts, whole numbers or
    truth values, or lists of such, as ``tags`` are.

    Args:
        rows: sample id to its row.
    """
    found: dict[str, dict[str, set[str]] | None] = {}
    for sample_id, row in rows.items():
        for name, value in row.items():
            if isinstance(value, Mapping):
                for inner, each in value.items():
                    _add(found, f"{{{{ {name}.{inner} }}}}", each, sample_id)
            elif found.get(name, found) is not None:  # most texts are found to be none early
                _add(found, name, value, sample_id)
    fields, slices = [], {}
    known = {frozenset(rows)}  # a slice of all samples says nothing beside them
    for by, values in found.items():
        if values is None or not _is_categorical(values, len(rows)):
            continue
        fields.append(by)
        for value in sorted(values):
            ids = frozenset(values[value])
            if ids not in known:
                slices[Slice(by, value)] = ids
                known.add(ids)
    return Categories(tuple(fields), slices)


def _add(found: dict[str, dict[str, set[str]] | None], by: str, value: Any, sample_id: str) -> None:
    """``None`` marks a field that is none for good, so that texts are not kept."""
    values = found.setdefault(by, {})
    if values is None or value is None:
        return
    for each in value if isinstance(value, list) else (value,):
        if is_absent(each):
            continue
        text = _text(each)
        if text is None:
            found[by] = None
            return
        its = values.get(text)
        if its is None:
            its = values[text] = set()
            if len(values) > MAX_VALUES:
                found[by] = None
                return
        its.add(sample_id)


def _text(value: Any) -> str | None:
    """As slices are called; None for what makes none."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int):
        return None
    text = value if type(value) is str and value.isalnum() else " ".join(str(value).split())
    return text if text and len(text) <= MAX_LENGTH and text.isprintable() else None


def _is_categorical(values: Mapping[str, set[str]], n_rows: int) -> bool:
    """Whether samples share values, and not all of them the only one."""
    n_samples = len(set().union(*values.values())) if values else 0
    is_constant = len(values) == 1 and n_samples == n_rows
    return len(values) > 0 and len(values) * MIN_MEAN <= n_samples and not is_constant

"""Whether rows can stand in their table: each value of its column's type, in the form that readers need.

Looked at before DuckDB sees a row: its appender turns 1.5 into 2 and a list into a text, and stops at the
first row that it cannot take.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

from evalkit.core.plain_name import is_plain_name
from evalkit.core.response_kinds import EARLIEST_S, LATEST_S
from evalkit.core.text import shown
from evalkit.store.shapes import FORMS, NEEDED, SHAPES, parsed

_NONE = type(None)
_TYPES: Mapping[str, frozenset[type]] = {
    "VARCHAR": frozenset({str, _NONE}),
    "JSON": frozenset({str, _NONE}),
    "BLOB": frozenset({str, _NONE}),  # a row holds it in base64
    "BIGINT": frozenset({int, _NONE}),
    "INTEGER": frozenset({int, _NONE}),
    "DOUBLE": frozenset({int, float, _NONE}),
    "BOOLEAN": frozenset({bool, _NONE}),
    "TIMESTAMP": frozenset({int, float, _NONE}),
}
_RANGES: Mapping[str, tuple[float, float]] = {
    "BIGINT": (-(2**63), 2**63 - 1),
    "INTEGER": (-(2**31), 2**31 - 1),
    "TIMESTAMP": (EARLIEST_S, LATEST_S),
}


def misfit(table: str, columns: Sequence[str], kinds: Sequence[str], row: Sequence[Any]) -> str | None:
    """The first value of a row that cannot stand in its column, in words; None where all can.

    Args:
        row: values in the order of the columns; those that are missing at its end are NULL.
    """
    if len(row) > len(columns):
        return f"{table} has {len(columns)} columns and not {len(row)}"
    values = dict.fromkeys(columns)
    values.update(zip(columns, row, strict=False))
    for (name, value), kind in zip(values.items(), kinds, strict=True):
        if value is None:
            if name in NEEDED.get(table, ()):
                return f"{table}.{name} is missing"
        elif not fits(value, kind) or not _has_form(table, name, value, kind):
            return f"{table}.{name} cannot be {shown(value, 60)}"
    check = FORMS.get(table)
    return None if check is None else check(values)


def all_fit(table: str, columns: Sequence[str], kinds: Sequence[str], rows: Sequence[Sequence[Any]]) -> bool:
    """Whether no row has a misfit, each being as long as the table: many at once, column by column."""
    if table not in _MANY:
        return all(misfit(table, columns, kinds, row) is None for row in rows)
    by_column = dict(zip(columns, zip(*rows, strict=True), strict=True))
    if any(None in by_column[name] for name in NEEDED[table]):
        return False
    if not all(
        _column_fits(table, name, by_column[name], kind) for name, kind in zip(columns, kinds, strict=True)
    ):
        return False
    told, flag = _MANY[table]
    if None not in by_column[told] and (flag is None or True not in by_column[flag]):
        return True
    form = FORMS[table]
    return all(form(dict(zip(columns, row, strict=True))) is None for row in rows)


#: Tables with a row for each answer or sample -> a column that, where it is never NULL and the second never
#: true, says that every row keeps the rule of its table.
_MANY = {"responses": ("output", "is_target_json"), "scores": ("value", None), "samples": ("fields", None)}


def fits(value: Any, kind: str) -> bool:
    """Whether a value that is not None can stand in a column of that type."""
    if kind.endswith("[]"):
        inner = kind[:-2]
        return type(value) is list and all(item is None or fits(item, inner) for item in value)
    if type(value) not in _TYPES[kind]:
        return False
    if kind in _RANGES:
        low, high = _RANGES[kind]
        return bool(low <= value <= high)
    return kind != "DOUBLE" or math.isfinite(value)


def _column_fits(table: str, name: str, values: Sequence[Any], kind: str) -> bool:
    if kind.endswith("[]"):
        lists = [value for value in values if value is not None]
        if any(type(each) is not list for each in lists):
            return False
        kind, values = kind[:-2], list(chain.from_iterable(lists))
    kinds = set(map(type, values))
    if not kinds <= _TYPES[kind]:
        return False
    if kinds <= {_NONE}:
        return True
    if kind in _RANGES:
        low, high = _RANGES[kind]
        present = [value for value in values if value is not None] if _NONE in kinds else values
        return bool(low <= min(present) and max(present) <= high)
    return kind != "JSON" or _all_have_shape(table, name, values)


def _all_have_shape(table: str, name: str, values: Sequence[Any]) -> bool:
    """``_has_form`` of a whole column of JSON."""
    shape = SHAPES.get((table, name))
    for value in values:
        if value is not None:
            found = parsed(value)
            if found is None or (shape is not None and not shape(found[0])):
                return False
    return True


def _has_form(table: str, name: str, value: Any, kind: str) -> bool:
    if name == "run_id" and table in ("runs", "evaluations"):
        return is_plain_name(value)
    if kind != "JSON":
        return True
    found = parsed(value)
    shape: Callable[[Any], bool] | None = SHAPES.get((table, name))
    return found is not None and (shape is None or shape(found[0]))

"""``[tool.evalkit.prices]`` of ``pyproject.toml``: what models cost that no list knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from evalkit.core.price import READERS, Price, lacking, price_of
from evalkit.core.text import seen
from evalkit.errors import UsageError, did_you_mean

KEY = "tool.evalkit.prices"

#: Since when a price holds, for the store.
_DATE = "date"
_EXAMPLE = '"openai/team-*" = {input_usd_per_mtok = 0.2, output_usd_per_mtok = 0.6}'


def read_table(table: Any, path: Path) -> dict[str, Price]:
    """Pattern of model names to Price, in the order of the file.

    Raises UsageError with file and key on what cannot be read, and with what is near an unknown key.
    """
    if not isinstance(table, dict):
        raise UsageError(f"{KEY} {seen(table)} is not a table", where=str(path), hint=f"write {_EXAMPLE}")
    return {pattern: _price(entry, pattern, path) for pattern, entry in table.items()}


def _price(entry: Any, pattern: str, path: Path) -> Price:
    key = f'{KEY}."{pattern}"'
    if not isinstance(entry, dict):
        raise UsageError(f"{key} {seen(entry)} is not a table", where=str(path), hint=f"write {_EXAMPLE}")
    values = {name: _number(name, value, key, path) for name, value in entry.items() if name != _DATE}
    if what := lacking(values) or (None if values else "no price"):
        raise UsageError(f"{key} gives {what}", where=str(path), hint=f"write {_EXAMPLE}")
    return price_of(values, f"pyproject.toml{_since(entry, key, path)}: {pattern}")


def _number(name: str, value: Any, key: str, path: Path) -> float:
    if name not in READERS:
        hint = did_you_mean(name, [*READERS, _DATE])
        raise UsageError(f"{key} has unknown key {name!r}", where=str(path), hint=hint)
    read, hint = READERS[name]
    try:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError
        return read(value)
    except (ValueError, OverflowError):
        what = f"{key}.{name} {seen(value)} cannot be read"
        raise UsageError(what, where=str(path), hint=hint) from None


def _since(entry: Mapping[str, Any], key: str, path: Path) -> str:
    day = entry.get(_DATE)
    if day is None:
        return ""
    if isinstance(day, str):
        try:
            day = date.fromisoformat(day)
        except ValueError:
            day = None
    if not isinstance(day, date) or isinstance(day, datetime):
        what = f"{key}.{_DATE} {seen(entry[_DATE])} is not a date"
        raise UsageError(what, where=str(path), hint="write date = 2026-11-01")
    return f" of {day}"

"""Rows of spools and run files that an earlier evalkit wrote, brought to the present tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.core.finish_reason import finish_reason_of
from evalkit.store.rows import RESPONSE_COLUMNS

#: The tables that have a finish reason in our words, and the vendor's beside it.
_OWN_WORDS = 14
_OURS, _VENDORS = map(RESPONSE_COLUMNS.index, ("finish_reason", "vendor_finish_reason"))

#: Table -> the place of the number of a version.
_NUMBERS = {"prompts": 1, "subjects": 5}


def without_numbers(by_table: Mapping[str, Sequence[list[Any]]]) -> None:
    """Take out, in place, the numbers of versions: those of another store are none of this one's."""
    for table, place in _NUMBERS.items():
        for row in by_table.get(table, ()):
            row[place] = None


def bring_up_to_date(by_table: Mapping[str, Sequence[list[Any]]], version: int) -> None:
    """Change rows, which are as long as their tables, in place.

    Args:
        version: of the tables that they were written for.
    """
    if version >= _OWN_WORDS:
        return
    for row in by_table.get("responses", ()):
        row[_OURS], row[_VENDORS] = finish_reason_of(row[_OURS]), row[_OURS]

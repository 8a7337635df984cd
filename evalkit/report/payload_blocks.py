"""Long columns apart from short ones: a page reads numbers and words at once, texts block by block.

A block holds the texts of ``BLOCK_ROWS`` neighbouring rows of one evaluation. Rows stand in the order in
which a page shows them, so that its first screen needs the first block alone.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

#: Rows of a block: some 600 kB of texts, which a browser unpacks within a frame or two.
BLOCK_ROWS = 1_000

#: Words that more rows share than these are not looked up by a filter of words, but as text.
MAX_WORDS = 256
_MAX_WORD_CHARS = 80

#: Columns that a page needs of all rows before it can draw one.
_AT_ONCE = ("id", "status", "change", "repeat", "tags", "slices")

_LEVEL = 5

Columns = dict[str, Any]


def parted(columns: Mapping[str, Any]) -> tuple[Columns, Columns]:
    """What a page reads at once, and what it reads block by block; both as nested as ``columns``."""
    now: Columns = {}
    later: Columns = {}
    for name, column in columns.items():
        if name in _AT_ONCE:
            now[name] = column
        elif isinstance(column, Mapping):
            short, long = parted(column)
            # A scorer without a short column is a scorer all the same.
            now[name] = short
            if long:
                later[name] = long
        else:
            (now if _is_short(column) else later)[name] = column
    return now, later


def blocks(columns: Mapping[str, Any], n_rows: int) -> Iterator[dict[str, Any]]:
    """All rows, block by block: ``paths`` of the columns, and ``rows`` with one value for each path.

    Row by row, not column by column: what was asked and what both sides answered share their words, and gzip
    finds again what stands within 32 kB.
    """
    flat = list(_flat(columns))
    paths = [path for path, _ in flat]
    for start in range(0, n_rows, BLOCK_ROWS):
        parts = (column[start : start + BLOCK_ROWS] for _, column in flat)
        yield {"paths": paths, "rows": list(zip(*parts, strict=True))}


def _flat(
    columns: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    for name, column in columns.items():
        if isinstance(column, Mapping):
            yield from _flat(column, (*path, name))
        else:
            yield (*path, name), column


def _is_short(column: list[Any]) -> bool:
    """Numbers and flags, or a few short words."""
    kinds = {type(value) for value in column}
    if kinds <= {int, float, bool, type(None)}:
        return True
    if not kinds <= {str, type(None)}:
        return False
    words = set(column)
    return len(words) <= MAX_WORDS and all(len(word) <= _MAX_WORD_CHARS for word in words if word is not None)


def compressed(raw: Iterator[bytes]) -> list[str]:
    """Each by itself, in base64; zlib lets the other processor work meanwhile."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(_compressed, raw))


def _compressed(raw: bytes) -> str:
    return base64.b64encode(gzip.compress(raw, compresslevel=_LEVEL, mtime=0)).decode()

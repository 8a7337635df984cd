"""Long columns apart from short ones: a page reads numbers and words at once, texts block by block.

A block holds the texts of ``BLOCK_ROWS`` neighbouring rows of one evaluation. Rows stand in the order in
which a page shows them, so that its first screen needs the first block alone.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import numpy as np

#: Rows of a block: some 600 kB of texts, which a browser unpacks within a frame or two.
BLOCK_ROWS = 1_000

#: Words that more rows share than these are not looked up by a filter of words, but as text.
MAX_WORDS = 256
_MAX_WORD_CHARS = 80

#: Columns that a page needs of all rows before it can draw one.
_AT_ONCE = ("id", "status", "change", "repeat", "tags", "slices")

_LEVEL = 5
_AT_A_TIME = 8

#: The signs from ``#`` to ``x`` but for ``<``: nothing that they spell ends a script element or is quoted.
_FIRST = ord("#")
_SIGNS = np.delete(np.arange(_FIRST, _FIRST + 86, dtype=np.uint8), ord("<") - _FIRST)

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
    kinds = set(map(type, column))
    if kinds <= {int, float, bool, type(None)}:
        return True
    if not kinds <= {str, type(None)}:
        return False
    # Of a column of texts the first rows tell that it is none of words, and spare it being compared.
    words = set(column[: 2 * MAX_WORDS])
    words = set(column) if len(words) <= MAX_WORDS else words
    return len(words) <= MAX_WORDS and all(len(word) <= _MAX_WORD_CHARS for word in words if word is not None)


def compressed(raw: Iterable[bytes]) -> list[str]:
    """Each by itself, as text; zlib lets the other processor work meanwhile. A few at a time: all of them
    unpacked would be as large as all texts."""
    rest = iter(raw)
    found: list[str] = []
    with ThreadPoolExecutor(2) as pool:
        while some := list(islice(rest, _AT_A_TIME)):
            found += pool.map(packed, some)
    return found


def packed(raw: bytes) -> str:
    """gzip, written with 85 signs that stand as they are inside a script element: five for four bytes, where
    base64 takes five and a third. The first sign says how many bytes of the last four are filling."""
    data = gzip.compress(raw, compresslevel=_LEVEL, mtime=0)
    n_filling = -len(data) % 4
    words = np.frombuffer(data + bytes(n_filling), ">u4")
    digits = np.empty((len(words), 5), np.uint8)
    for place in range(4, -1, -1):
        words, digits[:, place] = np.divmod(words, 85)
    return _SIGNS[n_filling : n_filling + 1].tobytes().decode() + _SIGNS[digits].tobytes().decode()


def unpacked(text: str) -> bytes:
    """What ``packed`` was given; ``blocks.js`` does the same."""
    signs = np.frombuffer(text.encode(), np.uint8)
    digits = signs - _FIRST - (signs > ord("<"))
    words = digits[1:].reshape(-1, 5).astype(np.uint64) @ (85 ** np.arange(4, -1, -1, dtype=np.uint64))
    data = words.astype(">u4").tobytes()
    return gzip.decompress(data[: len(data) - int(digits[0])])

"""What a file of exported runs holds: read whole, within bounds, and refused with the line that is wrong.

Such a file comes by mail, from a pull request, from a cache: nothing in it is taken for granted.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import orjson

from evalkit.core.frozen import frozen
from evalkit.core.plain_name import is_plain_name
from evalkit.core.text import shown
from evalkit.errors import StoreError
from evalkit.files.reading import inflated, most_inflated, open_bytes, read_bytes, too_large
from evalkit.store.bulk import Table, tables_of
from evalkit.store.creation import new_in_memory
from evalkit.store.version import SCHEMA_VERSION

SUFFIXES = (".jsonl", ".jsonl.gz", ".parquet")

#: How many times its size a run may unpack to: every row repeats the examples that stood before its input.
_TIMES = 300

#: Table -> the columns that tell its rows apart.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "runs": ("run_id",),
    "subjects": ("subject_id",),
    "evaluations": ("evaluation_id",),
    "prompts": ("prompt", "prompt_hash"),
    "samples": ("row_hash",),
    "media": ("sha256",),
    "responses": ("evaluation_id", "sample_id", "repeat"),
    "scores": ("evaluation_id", "sample_id", "repeat", "scorer"),
    "judgements": ("evaluation_id", "sample_id", "repeat", "scorer", "judge", "round", "side_order"),
    "metrics": ("evaluation_id", "metric"),
    "verdicts": ("evaluation_id", "gate"),
}

#: Table -> what its rows point at, by the key of that table.
_POINTS_AT = {
    "evaluations": "runs",
    "responses": "evaluations",
    "scores": "responses",
    "judgements": "scores",
    "metrics": "evaluations",
    "verdicts": "evaluations",
}

#: How the header of a run begins.
_HEADER = b'["spool",'

_MEND = "export the baseline again: evalkit baseline export"


@frozen
class RunContent:
    """One run as lines of a spool, the header first, each of them looked at.

    Attributes:
        pool: the runs of the file where it says that it holds several.
    """

    path: Path
    run_id: str
    lines: Sequence[bytes]
    evaluation_ids: Sequence[str]
    pool: Sequence[str] = ()

    @property
    def missing_rows(self) -> str | None:
        """What is not there of the rows that the header counts; older evalkits did not count."""
        header, n_rows = orjson.loads(self.lines[0]), len(self.lines) - 1
        is_whole = len(header) < 4 or header[3] == n_rows
        return None if is_whole else f"it holds {n_rows:,} of {shown(header[3])} rows"


def read_run_contents(path: Path) -> list[RunContent]:
    """The run that a file holds, or those that a baseline pools, the latest first.

    Raises StoreError, with the line, for a file that is none, that a newer evalkit wrote or that is damaged:
    a row that does not fit its table, that appears twice or points at nothing, other runs than the file says,
    an id that is none.
    """
    check_suffix(path)
    try:
        lines = list(_read(path))
    except (OSError, EOFError, ValueError, duckdb.Error, zlib.error, MemoryError) as error:
        raise StoreError(f"the file cannot be read: {reason(error)}", where=str(path)) from None
    is_pool = bool(_pool(lines, path))  # else a second header is an odd row
    starts = [0, *(i for i, line in enumerate(lines) if is_pool and i and line.startswith(_HEADER))]
    ends = [*starts[1:], len(lines)]
    found = [_run(lines[start:end], start, path) for start, end in zip(starts, ends, strict=True)]
    _check_pool(found)
    return found


def _run(lines: Sequence[bytes], start: int, path: Path) -> RunContent:
    """The run whose header stands in line ``start``, counted from 0."""
    pool = _pool(lines, path)
    seen: dict[str, dict[tuple[Any, ...], int]] = {table: {} for table in _KEYS}
    pointers: list[tuple[int, str, tuple[Any, ...]]] = []
    for number, line in enumerate(lines[1:], start + 2):
        if line.strip():
            _look_at(line, f"{path}:{number}", number, seen, pointers)
    if not seen["runs"]:
        raise StoreError("holds no run", where=str(path))
    for number, table, key in pointers:
        if key not in seen[table]:
            what = f"the row belongs to none of the {table} of the file ({shown(list(key), 60)})"
            raise StoreError(what, where=f"{path}:{number}", hint=_MEND)
    ((run_id,),) = seen["runs"]
    kept = [line for line in lines if line.strip()]
    if pool:  # a spool is of one run
        kept[0] = orjson.dumps(orjson.loads(kept[0])[:4])
    return RunContent(path, run_id, kept, [key[0] for key in seen["evaluations"]], pool)


def _check_pool(found: Sequence[RunContent]) -> None:
    """Raises StoreError where the runs are not those that each header names: a file that was cut off between
    two of them would look whole."""
    run_ids, path = [each.run_id for each in found], str(found[0].path)
    wanted = run_ids if len(run_ids) > 1 else []
    if any(list(each.pool) != wanted for each in found):
        said = ", ".join(map(shown, found[0].pool)) or "one run"
        what = f"it holds {', '.join(map(shown, run_ids))}, where it says {said}"
        raise StoreError(f"is damaged: {what}", where=path, hint=_MEND)
    evaluation_ids = [evaluation_id for each in found for evaluation_id in each.evaluation_ids]
    if len({*run_ids}) < len(run_ids) or len({*evaluation_ids}) < len(evaluation_ids):
        raise StoreError("is damaged: two of its runs are one", where=path, hint=_MEND)


def _pool(lines: Sequence[bytes], path: Path) -> list[str]:
    """The runs that a header names. Raises StoreError where it is none, or of a newer evalkit."""
    try:
        first: Any = orjson.loads(lines[0]) if lines else None
    except ValueError as error:
        raise StoreError(f"the file cannot be read: {reason(error)}", where=str(path)) from None
    is_header = isinstance(first, list) and len(first) > 1 and first[0] == "spool" and type(first[1]) is int
    if not is_header or first[1] < 1:
        raise StoreError(
            "is not a run that evalkit exported", where=str(path), hint="evalkit baseline export"
        )
    if first[1] > SCHEMA_VERSION:
        raise StoreError(
            "was written by a newer version of evalkit",
            where=str(path),
            hint="pip install --upgrade pytest-evalkit",
        )
    pool = first[4] if len(first) > 4 else []
    if not (isinstance(pool, list) and all(isinstance(each, str) for each in pool)):
        raise StoreError("is damaged: its header names no runs", where=str(path), hint=_MEND)
    return pool


def _look_at(
    line: bytes,
    where: str,
    number: int,
    seen: dict[str, dict[tuple[Any, ...], int]],
    pointers: list[tuple[int, str, tuple[Any, ...]]],
) -> None:
    """Raises StoreError for a line that is not a row, or a row that cannot be."""
    try:
        row = orjson.loads(line)
    except ValueError as error:
        raise StoreError(f"is damaged: the line is not JSON: {error}", where=where, hint=_MEND) from None
    name = row[0] if isinstance(row, list) and row and isinstance(row[0], str) else None
    if name is None or name not in _KEYS:
        raise StoreError("is damaged: the line is not a row of a run", where=where, hint=_MEND)
    table = _tables()[name]
    misfit = table.misfit(row[1:])
    if misfit is not None:
        raise StoreError(f"is damaged: {misfit}", where=where, hint=_MEND)
    values = dict(zip(table.columns, row[1:], strict=False))
    key = tuple(values.get(column) for column in _KEYS[name])
    if key in seen[name]:
        what = f"the {name} row {shown(list(key), 60)} appears twice: lines {seen[name][key]} and {number}"
        raise StoreError(what, where=where, hint=_MEND)
    if name == "runs" and seen["runs"]:
        raise StoreError(f"holds two runs: {shown(values['run_id'])} is the second", where=where, hint=_MEND)
    seen[name][key] = number
    if name in _POINTS_AT:
        target = _POINTS_AT[name]
        pointers.append((number, target, tuple(values.get(column) for column in _KEYS[target])))


@cache
def _tables() -> Mapping[str, Table]:
    with new_in_memory() as connection:
        return tables_of(connection, _KEYS)


def _read(path: Path) -> Iterator[bytes]:
    if path.name.endswith(".parquet"):
        yield from _parquet_lines(path)
        return
    data = read_bytes(path)
    text = inflated(data, _TIMES) if path.name.endswith(".gz") else data
    lines = text.split(b"\n")
    yield from lines[:-1] if not lines[-1] else lines


def _parquet_lines(path: Path) -> Iterator[bytes]:
    open_bytes(path).close()  # DuckDB would wait for a pipe
    with duckdb.connect(":memory:") as connection:
        file = connection.read_parquet([_no_pattern(path)])
        n = file.aggregate("coalesce(sum(strlen(line::VARCHAR)), 0)::DOUBLE").fetchall()[0][0]
        if n > (most := most_inflated(path.stat().st_size, _TIMES)):
            raise too_large(most)
        rows = file.project("line::VARCHAR").fetchall()
    for (line,) in rows:
        if line is None or "\n" in line:
            raise ValueError("a row holds no line")
        yield line.encode()


def _no_pattern(path: Path) -> str:
    """DuckDB takes names with wildcards for many files."""
    if any(char in str(path) for char in "*?["):
        raise ValueError("its name holds *, ? or [: rename it")
    return str(path)


def check_suffix(path: Path) -> None:
    """Raises StoreError where a name says no format."""
    if not path.name.endswith(SUFFIXES):
        raise StoreError(f"{path.name!r} has no known suffix", hint="let it end in " + ", ".join(SUFFIXES))


def check_run_id(run_id: str, where: str) -> None:
    """Raises StoreError for an id that could lead to another place than its own."""
    if not is_plain_name(run_id):
        raise StoreError(f"{shown(run_id)} cannot be the id of a run", where=where)


def reason(error: BaseException) -> str:
    """Why something cannot be read or written, on one line."""
    line = getattr(error, "strerror", None) or next(iter(str(error).splitlines()), "")
    return line or type(error).__name__

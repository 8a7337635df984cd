"""One run as a file that people can review and CI can carry without a database.

The text form has a line for each row, ``["table", column, column, …]``, the form of a spool, in an order that
depends on the run alone: the same run gives the same bytes, and a changed answer is a changed line.
``.jsonl`` is the text, ``.jsonl.gz`` the text packed, ``.parquet`` a table of the lines.
"""

from __future__ import annotations

import gzip
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import orjson

from evalkit import __version__
from evalkit.errors import StoreError
from evalkit.store.bulk import Table, tables_of
from evalkit.store.connection import Connection
from evalkit.store.fold import fold_spools
from evalkit.store.migrate import migrate
from evalkit.store.version import SCHEMA_VERSION

SUFFIXES = (".jsonl", ".jsonl.gz", ".parquet")

_OF_RUN = "evaluation_id IN (SELECT evaluation_id FROM evaluations WHERE run_id = $run)"
_OF_EVALUATIONS = "(SELECT {key} FROM evaluations JOIN subjects USING (subject_id) WHERE run_id = $run)"

#: Table -> which of its rows belong to a run, and their order.
_ROWS = {
    "runs": ("run_id = $run", "run_id"),
    "subjects": (f"subject_id IN {_OF_EVALUATIONS.format(key='subject_id')}", "subject_id"),
    "evaluations": ("run_id = $run", "length(evaluation_id), evaluation_id"),
    "prompts": (
        f"prompt_hash IN {_OF_EVALUATIONS.format(key='prompt_hash')}",
        "prompt, prompt_hash, created_at",
    ),
    "responses": (_OF_RUN, "length(evaluation_id), evaluation_id, position, sample_id, repeat"),
    "scores": (_OF_RUN, "length(evaluation_id), evaluation_id, sample_id, repeat, scorer"),
    "metrics": (_OF_RUN, "length(evaluation_id), evaluation_id, rowid"),
    "verdicts": (_OF_RUN, "length(evaluation_id), evaluation_id, rowid"),
}


def write_run_file(connection: Connection, run_id: str, path: Path) -> int:
    """Write the run to ``path``, whole or not at all; returns the number of responses.

    Raises StoreError on another suffix than those of ``SUFFIXES`` and where the file cannot be written.
    """
    _check_suffix(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
            draft = Path(folder) / path.name
            n_responses = _write(draft, _lines(connection, run_id))
            draft.replace(path)
    except (OSError, duckdb.IOException) as error:
        raise StoreError(f"the run cannot be written: {_reason(error)}", where=str(path)) from None
    return n_responses


def read_run_file(path: Path) -> list[bytes]:
    """The lines of a run file. Raises StoreError on a file that is none, or that a newer evalkit wrote."""
    _check_suffix(path)
    try:
        lines = list(_read(path))
        first = orjson.loads(lines[0]) if lines else None
    except (OSError, EOFError, ValueError, duckdb.Error) as error:
        raise StoreError(f"the file cannot be read: {_reason(error)}", where=str(path)) from None
    if not (isinstance(first, list) and len(first) > 1 and first[0] == "spool"):
        raise StoreError(
            "is not a run that evalkit exported", where=str(path), mend="evalkit baseline export"
        )
    if first[1] > SCHEMA_VERSION:
        raise StoreError(
            "was written by a newer evalkit", where=str(path), mend="pip install --upgrade pytest-evalkit"
        )
    return lines


def run_id_of(lines: Sequence[bytes], path: Path) -> str:
    """The run that the lines tell of. Raises StoreError when there is none."""
    for line in lines:
        if line.startswith(b'["runs",'):
            return str(orjson.loads(line)[1])
    raise StoreError("holds no run", where=str(path))


def as_spool(lines: Sequence[bytes], run_id: str, root: Path) -> None:
    """Put the lines under ``root`` as the spool of an ended run, for the next fold to carry over."""
    spool = root / run_id / "imported.jsonl"
    spool.parent.mkdir(parents=True, exist_ok=True)
    draft = spool.with_suffix(".draft")
    draft.write_bytes(b"\n".join(lines) + b"\n")
    draft.replace(spool)


def store_of_run_file(path: Path) -> Connection:
    """A database in memory that holds the file's run and nothing else. Raises StoreError as reading does."""
    lines = read_run_file(path)
    run_id = run_id_of(lines, path)
    connection = duckdb.connect(":memory:")
    migrate(connection, path)
    with tempfile.TemporaryDirectory(prefix="evalkit-") as folder:
        as_spool(lines, run_id, Path(folder))
        problems = fold_spools(connection, Path(folder)).problems
    problem = _unread(problems[0]) if problems else _double(connection, lines) or _missing(connection)
    if problem:
        connection.close()
        raise StoreError(f"is damaged: {problem}", where=str(path), mend="export the baseline again")
    return connection


def _unread(problem: str) -> str:
    """Without the folder that the lines stood in for a moment."""
    found = re.search(r"imported\.jsonl:(\d+): ([^,]*)", problem)
    return f"line {found[1]} {found[2]}" if found else problem


#: Table -> the columns that no two of its rows in a run file may share, by their place in a line.
_KEYS = {"responses": ("evaluation_id", "sample_id", "repeat"),
         "scores": ("evaluation_id", "sample_id", "repeat", "scorer")}  # fmt: skip


def _double(connection: Connection, lines: Sequence[bytes]) -> str | None:
    """Which line gives a second answer or score to what an earlier line has; None where none does."""
    tables = tables_of(connection)
    for name, key in _KEYS.items():
        columns = ", ".join(key)
        sql = f"SELECT 1 FROM {name} GROUP BY {columns} HAVING count(*) > 1 LIMIT 1"
        if connection.execute(sql).fetchone() is not None:
            places = [tables[name].columns.index(column) + 1 for column in key]
            return _second(lines, name, places)
    return None


def _second(lines: Sequence[bytes], name: str, places: Sequence[int]) -> str | None:
    seen: dict[tuple[Any, ...], int] = {}
    for number, line in enumerate(lines, 1):
        if line.startswith(f'["{name}",'.encode()):
            row = orjson.loads(line)
            first = seen.setdefault(tuple(row[place] for place in places), number)
            if first != number:
                sample_id, repeat = row[places[1]], row[places[2]]
                return (
                    f"line {number} answers sample {sample_id!r} repeat {repeat} again, as line {first} does"
                )
    return None


def _missing(connection: Connection) -> str | None:
    """Which samples are not there, of evaluations that were exported with answers; None where all are."""
    row = connection.execute(
        """SELECT task, n_samples, (SELECT count(DISTINCT sample_id) FROM responses r
                                    WHERE r.evaluation_id = e.evaluation_id) AS n_found,
                  EXISTS (FROM metrics m WHERE m.evaluation_id = e.evaluation_id) AS has_metrics
           FROM evaluations e WHERE n_found < n_samples AND (n_found > 0 OR NOT has_metrics)
           ORDER BY e.rowid LIMIT 1"""
    ).fetchone()
    return None if row is None else f"it holds {row[2]:,} of the {row[1]:,} samples of {row[0]}"


def _lines(connection: Connection, run_id: str) -> Iterator[bytes]:
    yield orjson.dumps(["spool", SCHEMA_VERSION, __version__])
    tables = tables_of(connection)
    for name, (where, order) in _ROWS.items():
        for row in _rows(connection, tables[name], where, order, run_id):
            yield orjson.dumps([name, *row])


def _rows(
    connection: Connection, table: Table, where: str, order: str, run_id: str
) -> Iterator[Sequence[Any]]:
    columns = [
        f"epoch_us({name}) / 1e6" if kind == "TIMESTAMP" else name
        for name, kind in zip(table.columns, table.types, strict=True)
    ]
    sql = f"SELECT {', '.join(columns)} FROM {table.name} WHERE {where} ORDER BY {order}"
    cursor = connection.cursor().execute(sql, {"run": run_id})
    while rows := cursor.fetchmany(2_000):
        yield from rows


def _write(draft: Path, lines: Iterator[bytes]) -> int:
    kept = list(lines)
    if draft.name.endswith(".parquet"):
        _write_parquet(draft, kept)
    else:
        text = b"\n".join(kept) + b"\n"
        # No time in the head of the packed file: the same run is the same bytes.
        draft.write_bytes(gzip.compress(text, mtime=0) if draft.name.endswith(".gz") else text)
    return sum(line.startswith(b'["responses",') for line in kept)


def _write_parquet(draft: Path, lines: Sequence[bytes]) -> None:
    texts = [line.decode() for line in lines]
    kinds = [orjson.loads(line)[0] for line in lines]
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "CREATE TABLE lines AS SELECT unnest($kinds::VARCHAR[]) kind, unnest($texts::VARCHAR[]) line",
            {"kinds": kinds, "texts": texts},
        )
        connection.execute(f"COPY lines TO '{_quoted(draft)}' (FORMAT parquet)")


def _read(path: Path) -> Iterator[bytes]:
    if path.name.endswith(".parquet"):
        with duckdb.connect(":memory:") as connection:
            rows = connection.execute("SELECT line FROM read_parquet(?)", [str(path)]).fetchall()
        yield from (line.encode() for (line,) in rows)
        return
    data = path.read_bytes()
    text = gzip.decompress(data) if path.name.endswith(".gz") else data
    yield from filter(None, text.split(b"\n"))


def _check_suffix(path: Path) -> None:
    if not path.name.endswith(SUFFIXES):
        raise StoreError(f"{path.name!r} says no known format", mend="end it in " + ", ".join(SUFFIXES))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error).splitlines()[0]

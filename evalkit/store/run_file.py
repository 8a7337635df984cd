"""Runs as a file that people can review and CI can carry without a database.

The text form has a line for each row, ``["table", column, column, …]``, the form of a spool, in an order that
depends on the run alone: the same run gives the same bytes, and a changed answer is a changed line.
``.jsonl`` is the text, ``.jsonl.gz`` the text packed, ``.parquet`` a table of the lines. The runs that a
baseline pools follow each other, the latest first, each below a header of its own that names them all.
"""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import orjson

from evalkit.errors import StoreError
from evalkit.store.bulk import Table, tables_of
from evalkit.store.connection import Connection
from evalkit.store.creation import new_in_memory
from evalkit.store.fold import fold_spools
from evalkit.store.run_content import RunContent, check_run_id, check_suffix, reason
from evalkit.store.version import SCHEMA_VERSION
from evalkit.version import __version__

#: Type -> what JSON can carry of it.
_AS_JSON = {"TIMESTAMP": "epoch_us({}) / 1e6", "BLOB": "to_base64({})"}

_OF_RUN = "evaluation_id IN (SELECT evaluation_id FROM evaluations WHERE run_id = $run)"
_OF_EVALUATIONS = "(SELECT {key} FROM evaluations JOIN subjects USING (subject_id) WHERE run_id = $run)"

#: Media of the inputs, and of what applications did on the way.
_SHOWN_IN_RUN = (
    f"SELECT unnest(media) FROM responses WHERE {_OF_RUN} UNION SELECT unnest("
    f"json_extract_string(trajectory, '$[*].parts[*].sha256')) FROM responses WHERE {_OF_RUN}"
)

#: What a store says of a prompt, and another one may say otherwise: the same run is the same bytes.
_OF_STORE = {
    "prompts": ("version", "message", "git_commit", "git_author", "committed_at", "path"),
    "subjects": ("prompt_version",),
}

#: Table -> which of its rows belong to a run, and their order.
_ROWS = {
    "runs": ("run_id = $run", "run_id"),
    "subjects": (f"subject_id IN {_OF_EVALUATIONS.format(key='subject_id')}", "subject_id"),
    "evaluations": ("run_id = $run", "length(evaluation_id), evaluation_id"),
    "prompts": (
        f"prompt_hash IN {_OF_EVALUATIONS.format(key='prompt_hash')}",
        "prompt, prompt_hash, created_at",
    ),
    "samples": (f"row_hash IN (SELECT row_hash FROM responses WHERE {_OF_RUN})", "sample_id, row_hash"),
    "media": (f"sha256 IN ({_SHOWN_IN_RUN})", "sha256"),
    "responses": (_OF_RUN, "length(evaluation_id), evaluation_id, position, sample_id, repeat"),
    "scores": (_OF_RUN, "length(evaluation_id), evaluation_id, sample_id, repeat, scorer"),
    "judgements": (
        _OF_RUN,
        "length(evaluation_id), evaluation_id, sample_id, repeat, scorer, judge, round, side_order",
    ),
    "metrics": (_OF_RUN, "length(evaluation_id), evaluation_id, rowid"),
    "verdicts": (_OF_RUN, "length(evaluation_id), evaluation_id, rowid"),
}


def write_run_file(connection: Connection, run_ids: Sequence[str], path: Path) -> int:
    """Write the runs to ``path``, whole or not at all; returns the number of responses.

    Raises StoreError on another suffix than those of ``SUFFIXES`` and where the file cannot be written.
    """
    check_suffix(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
            draft = Path(folder) / path.name
            n_responses = _write(draft, _lines(connection, run_ids))
            draft.replace(path)
    except (OSError, duckdb.IOException) as error:
        raise StoreError(f"the run cannot be written: {reason(error)}", where=str(path)) from None
    return n_responses


def as_spool(lines: Sequence[bytes], run_id: str, root: Path) -> None:
    """Put the lines under ``root`` as the spool of an ended run, for the next fold to carry over."""
    check_run_id(run_id, "the file")
    spool = root / run_id / "imported.jsonl"
    spool.parent.mkdir(parents=True, exist_ok=True)
    draft = spool.with_suffix(".draft")
    draft.write_bytes(b"\n".join(lines) + b"\n")
    draft.replace(spool)


def store_of_runs(contents: Sequence[RunContent]) -> Connection:
    """A database in memory that holds the file's runs alone. Raises StoreError for a damaged file."""
    path = contents[0].path
    connection = new_in_memory()
    with tempfile.TemporaryDirectory(prefix="evalkit-") as folder:
        for content in contents:
            as_spool(content.lines, content.run_id, Path(folder))
        problems = [*fold_spools(connection, Path(folder)).problems, _missing(connection)]
    problem = next(filter(None, [*problems, *(each.missing_rows for each in contents)]), None)
    if problem:
        connection.close()
        raise StoreError(f"is damaged: {problem}", where=str(path), hint="export the baseline again")
    return connection


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


def _lines(connection: Connection, run_ids: Sequence[str]) -> Iterator[bytes]:
    tables = tables_of(connection, _ROWS)
    for run_id in run_ids:
        lines = [
            orjson.dumps([name, *row])
            for name, (where, order) in _ROWS.items()
            for row in _rows(connection, tables[name], where, order, run_id)
        ]
        # How many rows follow: a file that was cut off between two lines would look whole.
        header = ["spool", SCHEMA_VERSION, __version__, len(lines)]
        yield orjson.dumps([*header, run_ids] if len(run_ids) > 1 else header)
        yield from lines


def _rows(
    connection: Connection, table: Table, where: str, order: str, run_id: str
) -> Iterator[Sequence[Any]]:
    columns = [
        "NULL" if name in _OF_STORE.get(table.name, ()) else _AS_JSON.get(kind, "{}").format(name)
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


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")

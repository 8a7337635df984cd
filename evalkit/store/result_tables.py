"""The tables of a run as notebooks read them: verdicts, metrics, samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from evalkit.errors import MissingExtraError
from evalkit.store.connection import Connection

if TYPE_CHECKING:
    import pyarrow

TableName = Literal["verdicts", "metrics", "samples"]

_SUBJECT = "e.task, s.model, s.prompt"
_FROM = "JOIN evaluations e USING (evaluation_id) JOIN subjects s USING (subject_id) WHERE e.run_id = ?"

_VERDICTS = f"""
SELECT {_SUBJECT}, v.gate,
       CASE WHEN coalesce(v.is_recorded, false) THEN 'recorded'
            WHEN coalesce(v.is_dropped, false) THEN 'dropped' ELSE v.verdict END AS verdict, v.detail,
       v.p_value,
       CAST(v.comparison ->> 'baseline' AS DOUBLE) AS baseline,
       CAST(v.comparison ->> 'candidate' AS DOUBLE) AS candidate,
       CAST(v.comparison ->> 'difference' AS DOUBLE) AS difference,
       CAST(v.comparison ->> 'low' AS DOUBLE) AS difference_low,
       CAST(v.comparison ->> 'high' AS DOUBLE) AS difference_high,
       CAST(v.comparison ->> 'n' AS BIGINT) AS n_paired, v.baseline_run_id
FROM verdicts v {_FROM} ORDER BY e.evaluation_id, v.rowid"""

_METRICS = f"""
SELECT {_SUBJECT}, m.metric, m.value, m.ci_low, m.ci_high, m.worst, m.best, m.n, m.n_failed,
       m.n_cut, m.value_without_cut, m.is_higher_better, m.error, m.signature
FROM metrics m {_FROM} ORDER BY e.evaluation_id, m.rowid"""

_SCORERS = f"SELECT DISTINCT c.scorer FROM scores c {_FROM} ORDER BY c.scorer"


def arrow_table(connection: Connection, name: TableName, run_id: str) -> pyarrow.Table:
    """One table of a run. ``samples`` has a row for each response: ``row`` is the row of the dataset as JSON,
    and for each scorer there is a column ``NAME_score`` with its value and ``NAME_answer`` with what it took
    for the answer.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa
    except ImportError:
        hint = "pip install 'pytest-evalkit[notebook]'"
        raise MissingExtraError("tables need pyarrow", hint=hint) from None
    queries = {"verdicts": _VERDICTS, "metrics": _METRICS}
    if name in queries:
        found = connection.sql(queries[name], params=[run_id])
    else:
        scorers = [row[0] for row in connection.execute(_SCORERS, [run_id]).fetchall()]
        found = connection.sql(_samples(scorers), params=[*scorers, *scorers, run_id])
    table = found.to_arrow_table()
    assert isinstance(table, pa.Table)
    return table


def _samples(scorers: list[str]) -> str:
    """The values of each scorer stand beside its response; names of scorers are quoted as identifiers."""
    values = [f"max(value) FILTER (scorer = ?) AS {_quoted(f'{each}_score')}" for each in scorers]
    answers = [f"max(answer) FILTER (scorer = ?) AS {_quoted(f'{each}_answer')}" for each in scorers]
    columns = ", ".join(["evaluation_id", "sample_id", "repeat", *values, *answers])
    shown = "".join(f", p.{_quoted(f'{each}_{what}')}" for each in scorers for what in ("score", "answer"))
    pivot = f"SELECT {columns} FROM scores GROUP BY evaluation_id, sample_id, repeat"
    return f"""
SELECT {_SUBJECT}, r.* EXCLUDE (evaluation_id, position, is_target_json, row_hash),
       d.fields AS row{shown}
FROM responses r LEFT JOIN (SELECT row_hash, fields FROM samples) d USING (row_hash)
LEFT JOIN ({pivot}) p USING (evaluation_id, sample_id, repeat)
{_FROM}
ORDER BY r.evaluation_id, r.position, r.sample_id, r.repeat"""


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'

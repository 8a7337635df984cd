"""What a store knows of a task over time: one number for each run and metric."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from evalkit.metrics.always import WATCHED
from evalkit.metrics.open import metric_class
from evalkit.store.connection import Connection
from evalkit.store.renamed import current


class HistoryRow(NamedTuple):
    """One number of one run.

    Attributes:
        started_at: of the run, seconds since the epoch.
        n: responses that the number was computed from.
        is_higher_better: None for what is neither (the length of answers, the share of refusals).
    """

    task: str
    model: str
    prompt: str
    metric: str
    evaluation_id: str
    run_id: str
    started_at: float
    value: float
    n: int
    signature: str
    is_higher_better: bool | None
    task_hash: str
    dataset_hash: str
    prompt_hash: str
    model_revision: str | None


_COLUMNS = """e.task, coalesce(s.model, e.subject_id), coalesce(s.prompt, 'default'), metric, e.evaluation_id,
    r.run_id, epoch_us(r.started_at) / 1e6, value, n, signature, is_higher_better,
    e.task_hash, e.dataset_hash, coalesce(s.prompt_hash, ''), s.model_revision"""
_JOINS = """JOIN evaluations e USING (evaluation_id) JOIN runs r USING (run_id)
    LEFT JOIN subjects s USING (subject_id)
    WHERE e.status = 'finished' AND r.status = 'finished' AND NOT r.is_partial
      AND ($task IS NULL OR e.task = $task) AND ($model IS NULL OR s.model = $model)
      AND ($since IS NULL OR epoch_us(r.started_at) / 1e6 >= $since)"""

#: SQL over the responses of an evaluation for each way of taking a column (``OfResponses``).
_TAKEN = {
    "mean": "avg({column})",
    "quantile": "quantile_cont({column}, {quantile})",
    "length": "avg(length({column}))",
    "share_set": "avg(CAST({column} IS NOT NULL AS DOUBLE))",
    "share_found": "avg(CAST(regexp_matches(lower(left({column}, {n_chars})), '{pattern}') AS DOUBLE))",
}


@cache
def _of_responses() -> str:
    """What drift watches, whether or not the tasks ask for it, as a query."""
    structs = ", ".join(map(_struct, WATCHED))
    return (
        f"SELECT evaluation_id, unnest([{structs}], recursive := true) FROM responses "
        "WHERE NOT coalesce(is_recheck, false) GROUP BY evaluation_id"
    )


def _struct(name: str) -> str:
    metric = metric_class(name)
    of = metric.of_responses
    assert of is not None, name
    sql = _TAKEN[of.taking].format(
        column=of.column, quantile=metric.quantile, n_chars=of.n_chars, pattern=of.pattern.replace("'", "''")
    )
    n = "count(*)" if of.taking == "share_set" else f"count({of.column})"
    better = metric.is_higher_better if of.has_direction else "NULL"
    return f"{{'metric': '{name}', 'value': {sql}, 'n': {n}, 'better': CAST({better} AS BOOLEAN)}}"


def read_history(
    connection: Connection, *, task: str | None = None, model: str | None = None, since: float | None = None
) -> list[HistoryRow]:
    """Metrics and operational numbers of finished whole runs, by task, model, prompt, metric, then time.

    An operational number that the task has as a metric is not told twice. What is not finite is left out.
    """
    operations = _COLUMNS.replace("is_higher_better", "better").replace("signature", "'' AS signature")
    own = _COLUMNS.replace("metric,", f"{current('metric')},").replace(
        "signature,", f"{current('signature')},"
    )
    rows = connection.execute(
        f"""WITH o AS ({_of_responses()})
            SELECT {own} FROM metrics {_JOINS} AND isfinite(value)
              AND NOT starts_with(metric, 'rerun_')
            UNION ALL
            SELECT {operations} FROM o {_JOINS} AND isfinite(value)
              AND NOT EXISTS (SELECT 1 FROM metrics m
                              WHERE m.evaluation_id = o.evaluation_id AND m.metric = o.metric)
            ORDER BY 1, 2, 3, 4, 7, 6""",
        {"task": task, "model": model, "since": since},
    ).fetchall()
    return [HistoryRow(*row) for row in rows]


def changed_share(connection: Connection, earlier: str, later: str) -> float | None:
    """Of the samples that two evaluations both answered, the share whose answer differs; None where none is
    shared. Rechecks are left out: they are answers to failed samples alone."""
    row = connection.execute(
        """SELECT avg(CAST(a.output IS DISTINCT FROM b.output AS DOUBLE))
           FROM responses a JOIN responses b USING (sample_id, repeat)
           WHERE a.evaluation_id = ? AND b.evaluation_id = ?
             AND NOT coalesce(a.is_recheck, false) AND NOT coalesce(b.is_recheck, false)""",
        [earlier, later],
    ).fetchone()
    return None if row is None or row[0] is None else float(row[0])


def compared_with(connection: Connection) -> set[str]:
    """Runs that other runs were compared with as their baseline, or that a name points at."""
    rows = connection.execute(
        """SELECT DISTINCT baseline_run_id FROM verdicts JOIN evaluations USING (evaluation_id)
           WHERE baseline_run_id <> run_id
           UNION SELECT run_id FROM baselines"""
    ).fetchall()
    return {row[0] for row in rows}

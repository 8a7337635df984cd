"""What metrics of a run came to in the runs before it."""

from __future__ import annotations

from collections.abc import Collection

from evalkit.store.connection import Connection
from evalkit.store.history import HistoryRow
from evalkit.store.renamed import current

_N_WHOLE = """SELECT count(*) FROM runs WHERE status = 'finished' AND NOT is_partial
    AND epoch_us(started_at) / 1e6 <= ?"""

_ROWS = f"""
WITH wanted AS (SELECT unnest($tasks::VARCHAR[]) AS task, unnest($metrics::VARCHAR[]) AS metric)
SELECT e.task, coalesce(s.model, e.subject_id) AS model, coalesce(s.prompt, 'default') AS prompt,
       w.metric, e.evaluation_id, r.run_id, epoch_us(r.started_at) / 1e6 AS started_at, m.value, m.n,
       {current("m.signature")}, m.is_higher_better, e.task_hash, e.dataset_hash,
       coalesce(s.prompt_hash, ''), s.model_revision
FROM wanted w JOIN evaluations e ON e.task = w.task JOIN runs r USING (run_id)
     JOIN metrics m ON m.evaluation_id = e.evaluation_id AND {current("m.metric")} = w.metric
     LEFT JOIN subjects s USING (subject_id)
WHERE e.status = 'finished' AND r.status = 'finished' AND NOT r.is_partial AND isfinite(m.value)
  AND epoch_us(r.started_at) / 1e6 <= $until
QUALIFY row_number() OVER (
    PARTITION BY e.task, model, prompt, w.metric ORDER BY r.started_at DESC, r.run_id DESC) <= $most
ORDER BY 1, 2, 3, 4, 7, 6
"""


def read_metric_history(
    connection: Connection, wanted: Collection[tuple[str, str]], *, until: float, most: int, least: int
) -> list[HistoryRow]:
    """Values of metrics in finished whole runs, by task, model, prompt, metric, then time.

    Args:
        wanted: tasks, each with the label of a metric.
        until: start of the last run that counts, seconds since the epoch.
        most: runs of one Subject and metric, the latest.
        least: with fewer runs in the store nothing is read: one count is all that it costs.
    """
    counted = connection.execute(_N_WHOLE, [until]).fetchone() if wanted else None
    if counted is None or counted[0] < least:
        return []
    tasks, metrics = zip(*wanted, strict=True)
    parameters = {"tasks": list(tasks), "metrics": list(metrics), "until": until, "most": most}
    return [HistoryRow(*row) for row in connection.execute(_ROWS, parameters).fetchall()]

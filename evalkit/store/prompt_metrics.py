"""What each version of a prompt reached: the metrics of its latest evaluations."""

from __future__ import annotations

from collections.abc import Collection

from evalkit.core.frozen import frozen
from evalkit.store.connection import Connection
from evalkit.store.renamed import current


@frozen(slots=True)
class ReachedMetric:
    """One metric of one version with one model.

    Attributes:
        low, high: its 95 % interval; None where it has none.
        n: responses that it was computed from.
        started_at: of the run, seconds since the epoch.
        is_partial: whether the run asked only some of the samples.
    """

    prompt_hash: str
    task: str
    model: str
    metric: str
    value: float
    low: float | None
    high: float | None
    n: int
    run_id: str
    started_at: float
    is_partial: bool


_QUERY = f"""
WITH latest AS (
    SELECT e.evaluation_id, s.prompt_hash, e.task, s.model, r.run_id, r.started_at, r.is_partial
    FROM evaluations e JOIN subjects s USING (subject_id) JOIN runs r USING (run_id)
    WHERE e.status = 'finished' AND split_part(s.prompt, '@', 1) = $name
    QUALIFY row_number() OVER (PARTITION BY s.prompt_hash, e.task, s.model
                               ORDER BY r.is_partial, r.started_at DESC, e.rowid DESC) = 1
)
SELECT prompt_hash, task, model, {current("metric")}, value, ci_low, ci_high, n, run_id,
       epoch_us(started_at) / 1e6, is_partial
FROM latest JOIN metrics m USING (evaluation_id)
WHERE isfinite(value) AND NOT list_contains($operational, metric) AND NOT starts_with(metric, 'rerun_')
ORDER BY task, model, m.rowid
"""


def reached(connection: Connection, name: str, operational: Collection[str]) -> list[ReachedMetric]:
    """Of each text of a prompt with each model the metrics of its latest evaluation, of whole runs where
    there are some; ``operational`` metrics are left out."""
    rows = connection.execute(_QUERY, {"name": name, "operational": list(operational)}).fetchall()
    return [ReachedMetric(*row) for row in rows]

"""Repeats that told nothing."""

from __future__ import annotations

from evalkit.store.connection import Connection


def identical(connection: Connection, run_id: str) -> dict[str, int]:
    """Evaluation id to its number of repeats, where every sample got the same answer each time,
    rechecks included."""
    rows = connection.execute(
        """SELECT evaluation_id, max(n) FROM (
               SELECT evaluation_id, sample_id, count(*) FILTER (NOT coalesce(is_recheck, false)) AS n,
                      count(DISTINCT output) AS n_outputs
               FROM responses JOIN evaluations USING (evaluation_id)
               WHERE run_id = ? AND responses.error IS NULL GROUP BY ALL)
           GROUP BY evaluation_id HAVING max(n) > 1 AND max(n_outputs) = 1""",
        [run_id],
    ).fetchall()
    return dict(rows)

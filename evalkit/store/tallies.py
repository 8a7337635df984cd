"""How the answers of a run ended and which model gave them, without reading one."""

from __future__ import annotations

from collections import Counter

from evalkit.core.tally import Tally
from evalkit.store.connection import Connection


def tallies(connection: Connection, run_id: str) -> dict[str, Tally]:
    """Evaluation id to the counts over its answers, rechecks left out."""
    rows = connection.execute(
        """SELECT evaluation_id, finish_reason, model_revision, count(*)
           FROM responses JOIN evaluations USING (evaluation_id)
           WHERE run_id = ? AND responses.error IS NULL AND NOT coalesce(is_recheck, false)
             AND (finish_reason IS NOT NULL OR model_revision IS NOT NULL) GROUP BY ALL""",
        [run_id],
    ).fetchall()
    found: dict[str, tuple[Counter[str], Counter[str]]] = {}
    for evaluation_id, reason, revision, n in rows:
        reasons, revisions = found.setdefault(evaluation_id, (Counter(), Counter()))
        if reason is not None:
            reasons[reason] += n
        if revision is not None:
            revisions[revision] += n
    return {evaluation_id: Tally(*counts) for evaluation_id, counts in found.items()}

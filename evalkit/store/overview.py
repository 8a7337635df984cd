"""What a list of runs tells of each: subjects, one number, cost, and which run saw the same task before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from evalkit.core.subject import DEFAULT_PROMPT
from evalkit.store.connection import Connection
from evalkit.store.renamed import current


class Overview(NamedTuple):
    """One evaluation in a list of runs.

    Attributes:
        previous_run_id: the latest earlier run that has the task, None for the first.
        metric, value, low, high, n, error: the first metric of the task that is not operational, as in
            ``Estimate``; all None where it has none.
        asserted: how many asserted samples hold, in words; None where none is asserted.
        n_answered, n_priced: responses without an error, and those of them whose price is known.
        cost_usd: their price in all, None where no price is known.
    """

    run_id: str
    task: str
    task_hash: str
    dataset_hash: str
    model: str
    model_revision: str | None
    params: str
    prompt: str
    prompt_hash: str
    git: tuple[str | None, bool | None]
    previous_run_id: str | None
    metric: str | None
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    error: str | None
    asserted: str | None
    n_answered: int
    n_priced: int
    cost_usd: float | None

    @property
    def label(self) -> str:
        """``local/smollm2``, or ``local/smollm2#terse`` with a prompt other than the task's own."""
        return self.model if self.prompt == DEFAULT_PROMPT else f"{self.model}#{self.prompt}"


_QUERY = """
WITH ordered AS (
    SELECT DISTINCT task, run_id, started_at FROM evaluations JOIN runs USING (run_id)
), previous AS (
    SELECT task, run_id,
           lag(run_id) OVER (PARTITION BY task ORDER BY started_at, run_id) AS previous_run_id
    FROM ordered
), listed AS (
    SELECT DISTINCT run_id FROM previous WHERE run_id IN (SELECT unnest($run_ids::VARCHAR[]))
    UNION
    SELECT DISTINCT previous_run_id FROM previous WHERE run_id IN (SELECT unnest($run_ids::VARCHAR[]))
), chosen AS (
    SELECT e.*, r.git_commit, r.git_dirty
    FROM evaluations e JOIN listed USING (run_id) JOIN runs r USING (run_id)
), headline AS (
    SELECT m.* FROM metrics m JOIN chosen USING (evaluation_id) WHERE NOT list_contains($operational, metric)
    QUALIFY row_number() OVER (PARTITION BY evaluation_id ORDER BY m.rowid) = 1
), costs AS (
    SELECT evaluation_id, count(*) AS n_answered, count(cost_usd) AS n_priced, sum(cost_usd) AS cost_usd
    FROM responses JOIN chosen USING (evaluation_id)
    WHERE responses.error IS NULL AND NOT coalesce(is_recheck, false) GROUP BY evaluation_id
)
SELECT c.run_id, c.task, c.task_hash, c.dataset_hash, coalesce(s.model, c.subject_id), s.model_revision,
       coalesce(CAST(s.params AS VARCHAR), '{}'), coalesce(s.prompt, 'default'), coalesce(s.prompt_hash, ''),
       c.git_commit, c.git_dirty, previous_run_id, h.metric, h.value, h.ci_low, h.ci_high, h.n, h.error,
       (SELECT any_value(detail) FROM verdicts v
        WHERE gate = 'asserts' AND v.evaluation_id = c.evaluation_id),
       coalesce(n_answered, 0), coalesce(n_priced, 0), cost_usd
FROM chosen c LEFT JOIN subjects s USING (subject_id) LEFT JOIN previous p USING (run_id, task)
     LEFT JOIN headline h USING (evaluation_id) LEFT JOIN costs USING (evaluation_id)
ORDER BY c.run_id, length(c.evaluation_id), c.evaluation_id
"""


def read_overviews(
    connection: Connection, run_ids: Sequence[str], operational: Sequence[str]
) -> dict[str, list[Overview]]:
    """The evaluations of these runs, and of the runs before them, by run in the order of the session, with
    one query however many there are. ``operational`` are metrics that are nobody's headline."""
    found: dict[str, list[Overview]] = {}
    parameters = {"run_ids": list(run_ids), "operational": list(operational)}
    for row in connection.execute(_QUERY.replace("h.metric", current("h.metric")), parameters).fetchall():
        overview = Overview(*[*row[:9], (row[9], row[10]), *row[11:]])
        found.setdefault(overview.run_id, []).append(overview)
    return found

"""Which runs are whole: asked of the evaluations and responses themselves, whatever the run's row says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from evalkit.core.run import Evaluation
from evalkit.core.wholeness import Answered, why_cut, why_not_whole
from evalkit.store import evaluations
from evalkit.store.connection import Connection
from evalkit.store.renamed import current

_ANSWERED = """
    WITH wanted AS (SELECT unnest($ids::VARCHAR[]) AS evaluation_id),
    pairs AS (
        SELECT evaluation_id, sample_id, repeat, count(*) AS n
        FROM responses JOIN wanted USING (evaluation_id) GROUP BY ALL)
    SELECT e.evaluation_id,
           CASE WHEN e.n_repeats IS NULL THEN count(DISTINCT sample_id)
                ELSE count(sample_id) FILTER (repeat < e.n_repeats) END,
           coalesce(sum(n - 1), 0)
    FROM evaluations e JOIN wanted USING (evaluation_id) LEFT JOIN pairs USING (evaluation_id)
    GROUP BY e.evaluation_id, e.n_repeats"""


def answered(connection: Connection, evaluation_ids: Sequence[str]) -> dict[str, Answered]:
    """Evaluation id to what is there of it."""
    rows = connection.execute(_ANSWERED, {"ids": list(evaluation_ids)}).fetchall()
    return {evaluation_id: Answered(n_asked, int(n_double)) for evaluation_id, n_asked, n_double in rows}


def not_whole(connection: Connection, run_id: str) -> list[tuple[Evaluation, str]]:
    """The evaluations of a run that are not whole, each with the reason; a task that could not be evaluated
    at all has its verdict ``error`` instead."""
    return list(_scored(connection, run_id, _why_no_baseline(connection)))


def cut_off(connection: Connection, run_id: str) -> list[tuple[Evaluation, str]]:
    """Those that lack what they asked for; what was asked for may be less than the whole dataset."""
    return list(_scored(connection, run_id, why_cut))


def whole_runs(connection: Connection, run_ids: Sequence[str]) -> list[str]:
    """Those of the runs in which every evaluation is whole, in their order."""
    return [run_id for run_id in run_ids if not not_whole(connection, run_id)]


def latest_whole(connection: Connection, run_ids: Sequence[str]) -> list[Evaluation]:
    """Of each task and subject the finished evaluation in the first of these runs that is whole and has one.

    Only runs that would be taken are looked at: counting the responses of a long history costs seconds.
    """
    left = list(run_ids)
    while True:
        found = evaluations.latest(connection, left)
        taken = list(dict.fromkeys(each.run_id for each in found))
        broken = set(taken) - set(whole_runs(connection, taken))
        if not broken:
            return found
        left = [run_id for run_id in left if run_id not in broken]


def _why_no_baseline(connection: Connection) -> Callable[[Evaluation, Answered], str | None]:
    def why(evaluation: Evaluation, there: Answered) -> str | None:
        return why_not_whole(evaluation, there) or _unjudged(connection, evaluation)

    return why


def _unjudged(connection: Connection, evaluation: Evaluation) -> str | None:
    """Which of the gates that were selected has no verdict, or None."""
    if evaluation.rules is None:
        return None
    rows = connection.execute(
        f"SELECT {current('gate')} FROM verdicts WHERE evaluation_id = ?", [evaluation.evaluation_id]
    ).fetchall()
    scored = {gate for (gate,) in rows}
    missing = [gate.text for gate in evaluation.rules.gates if gate.text not in scored]
    return f"{missing[0]} has no verdict" if missing else None


def _scored(
    connection: Connection, run_id: str, why: Callable[[Evaluation, Answered], str | None]
) -> Iterator[tuple[Evaluation, str]]:
    stored = evaluations.of_run(connection, run_id)
    there = answered(connection, [each.evaluation_id for each in stored])
    for each in stored:
        if each.n_samples == 0 and each.status != "finished" and _is_error(connection, each):
            continue
        reason = why(each, there[each.evaluation_id])
        if reason is not None:
            yield each, reason


def _is_error(connection: Connection, evaluation: Evaluation) -> bool:
    row = connection.execute(
        "SELECT 1 FROM verdicts WHERE evaluation_id = ? AND verdict = 'error' LIMIT 1",
        [evaluation.evaluation_id],
    ).fetchone()
    return row is not None

"""Which runs a page of a list shows: those that meet what is looked for, the latest first."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.frozen import frozen
from evalkit.core.run import Run
from evalkit.store.connection import Connection
from evalkit.store.runs import COLUMNS, runs_of

_WORD = """CASE WHEN verdict = 'undecided' AND is_recorded THEN 'recorded'
                WHEN verdict = 'undecided' AND is_dropped THEN 'dropped' ELSE verdict END"""

#: One row for each run that is wanted. Texts are looked for without regard to case.
_WANTED = f"""
SELECT r.run_id FROM runs r
WHERE ($status = '' OR r.status = $status)
  AND ($outcome = '' OR EXISTS (
        FROM evaluations e JOIN verdicts v USING (evaluation_id)
        WHERE e.run_id = r.run_id AND {_WORD} = $outcome))
  AND ($task = '' OR EXISTS (FROM evaluations e WHERE e.run_id = r.run_id AND e.task = $task))
  AND ($text = '' OR contains(lower(concat_ws(' ', r.run_id, r.git_branch, r.git_commit, r.host)), $text)
       OR EXISTS (FROM evaluations e LEFT JOIN subjects s USING (subject_id)
                  WHERE e.run_id = r.run_id
                    AND contains(lower(concat_ws(' ', e.task, s.model || '#' || s.prompt)), $text)))
"""

#: The latest run before one that has one of its tasks with one of its subjects, or, where each has a single
#: subject, with another: what a comparison pairs.
_BEFORE = """
WITH labelled AS (
    SELECT e.run_id, e.task, coalesce(s.model, e.subject_id) || '#' || coalesce(s.prompt, '') AS label
    FROM evaluations e LEFT JOIN subjects s USING (subject_id)
), sides AS (
    SELECT *, min(label) OVER its = max(label) OVER its AS is_single
    FROM labelled WINDOW its AS (PARTITION BY run_id)
), ordered AS (
    SELECT sides.*, (r.started_at, r.run_id) AS place FROM sides JOIN runs r USING (run_id)
)
SELECT earlier.run_id FROM ordered earlier JOIN ordered mine ON mine.task = earlier.task
WHERE mine.run_id = ? AND earlier.place < mine.place
  AND (earlier.label = mine.label OR earlier.is_single AND mine.is_single)
ORDER BY earlier.place DESC LIMIT 1
"""


@frozen(slots=True)
class Wanted:
    """What is looked for; empty for all.

    Attributes:
        text: within the id, the branch, the commit, the host, a task or a Subject of the run.
        outcome: a word that one of its verdicts has.
        task: the name of a task that it has.
        status: of the run.
    """

    text: str = ""
    outcome: str = ""
    task: str = ""
    status: str = ""


def count_wanted(connection: Connection, wanted: Wanted) -> int:
    """How many runs meet it."""
    row = connection.execute(f"SELECT count(*) FROM ({_WANTED})", _parameters(wanted)).fetchone()
    return int(row[0]) if row else 0


def wanted_runs(connection: Connection, wanted: Wanted, *, limit: int, offset: int = 0) -> list[Run]:
    """``limit`` runs that meet it behind the first ``offset``, the latest first."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM runs WHERE run_id IN ({_WANTED}) "
        "ORDER BY started_at DESC, run_id DESC LIMIT $limit OFFSET $offset",
        {**_parameters(wanted), "limit": limit, "offset": offset},
    ).fetchall()
    return runs_of(connection, rows)


def comparable_before(connection: Connection, run_id: str) -> str | None:
    """The latest run before this one that it can be compared with."""
    row = connection.execute(_BEFORE, [run_id]).fetchone()
    return str(row[0]) if row else None


def task_names(connection: Connection) -> Sequence[str]:
    """The tasks of the store by name."""
    rows = connection.execute("SELECT DISTINCT task FROM evaluations ORDER BY task").fetchall()
    return [str(row[0]) for row in rows]


def _parameters(wanted: Wanted) -> dict[str, str | int]:
    return {
        "text": wanted.text.strip().lower(), "outcome": wanted.outcome, "task": wanted.task,
        "status": wanted.status,
    }  # fmt: skip

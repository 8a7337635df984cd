"""Names that point at runs, and which runs may bear one."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import NamedTuple

from evalkit.core.run import Evaluation, Run
from evalkit.core.text import plural
from evalkit.errors import StoreError, did_you_mean
from evalkit.store.bulk import utc
from evalkit.store.connection import Connection
from evalkit.store.pools import check_alike, clear_pool, set_pool
from evalkit.store.runs import find_run, has_run
from evalkit.store.whole import latest_whole, not_whole

_NAME = re.compile(r"[\w][\w./\-]*")
_CLEAN = """status = 'finished' AND NOT is_partial AND NOT EXISTS (
    SELECT 1 FROM evaluations e JOIN verdicts USING (evaluation_id)
    WHERE e.run_id = runs.run_id AND verdict IN ('fail', 'error'))"""


class Baseline(NamedTuple):
    """A row of ``baselines``; ``created_at`` is seconds since the epoch."""

    name: str
    run_id: str
    created_at: float


def all_baselines(connection: Connection) -> list[Baseline]:
    rows = connection.execute(
        "SELECT name, run_id, epoch_us(created_at) / 1e6 FROM baselines ORDER BY name"
    ).fetchall()
    return [Baseline(*row) for row in rows]


def check_name(name: str) -> None:
    """Raises StoreError where no baseline may be called so."""
    if name == "latest" or not _NAME.fullmatch(name):
        raise StoreError(
            f"{name!r} cannot name a baseline",
            hint="use letters, digits, '-', '_', '.' and '/'; not 'latest'",
        )


def set_baseline(connection: Connection, name: str, which: Sequence[str]) -> Run:
    check_name(name)
    found = {run.run_id: run for run in (fit_run(connection, each, name) for each in which)}
    runs = sorted(found.values(), key=lambda run: (run.started_at, run.run_id), reverse=True)
    check_alike(connection, runs)
    connection.execute("BEGIN")
    connection.execute("DELETE FROM baselines WHERE name = ?", [name])
    connection.execute("INSERT INTO baselines VALUES (?, ?, ?)", [name, runs[0].run_id, utc(time.time())])
    set_pool(connection, name, runs)
    connection.execute("COMMIT")
    return runs[0]


def delete_baseline(connection: Connection, name: str) -> Baseline:
    known = {each.name: each for each in all_baselines(connection)}
    if name not in known:
        hint = did_you_mean(name, known) if known else "there are no baselines"
        raise StoreError(f"there is no baseline {name!r}", hint=hint)
    connection.execute("DELETE FROM baselines WHERE name = ?", [name])
    clear_pool(connection, name)
    return known[name]


def fit_run(connection: Connection, which: str, name: str | None = None) -> Run:
    """The run, if it may be compared with. Raises StoreError, with the reason, where it may not."""
    run = find_run(connection, which)
    reason = _refusal(connection, run)
    if reason:
        called = f" {name!r}" if name else ""
        raise StoreError(f"run {run.run_id} cannot become baseline{called}: {reason[0]}", hint=reason[1])
    return run


def resolve(connection: Connection, what: str) -> Run | None:
    """The run behind a name or ``run:ID``. Raises StoreError where it is not a whole run."""
    kind, _, name = what.partition(":")
    if kind == "run" and name:
        return _whole(connection, find_run(connection, name), what)
    row = connection.execute("SELECT run_id FROM baselines WHERE name = ?", [what]).fetchone()
    if row and not has_run(connection, row[0]):
        raise StoreError(
            f"baseline {what} points at run {row[0]}, which is no longer in the store",
            hint=f"evalkit baseline set {what} RUN",
        )
    return _whole(connection, find_run(connection, row[0]), what) if row else None


def _whole(connection: Connection, run: Run, what: str) -> Run:
    """The run, if it may be compared with, whatever its gates said. Raises StoreError where it may not."""
    reason = _why_not_whole(connection, run)
    if reason:
        named = "" if what.startswith("run:") else f"baseline {what} points at "
        raise StoreError(
            f"{named}run {run.run_id} cannot be compared with: {reason[0]}",
            hint=reason[1] if not named else f"{reason[1]}, then: evalkit baseline set {what} RUN",
        )
    return run


def latest_evaluations(connection: Connection, branch: str | None) -> list[Evaluation]:
    """Of each task and subject the last evaluation in a whole run, the newest run first."""
    return latest_whole(connection, _run_ids(connection, branch))


def _run_ids(connection: Connection, branch: str | None) -> list[str]:
    """Runs that say they are finished and whole, the newest first; of a branch only those without failing
    verdicts."""
    where = "status = 'finished' AND NOT is_partial" if branch is None else f"git_branch = ? AND {_CLEAN}"
    rows = connection.execute(
        f"SELECT run_id FROM runs WHERE {where} ORDER BY started_at DESC, run_id DESC",
        [] if branch is None else [branch],
    ).fetchall()
    return [row[0] for row in rows]


def unread_text(run: Run) -> str:
    """What a run says that lost rows."""
    return f"{plural(run.n_unread, 'row')} of it came and could not be stored"


def _refusal(connection: Connection, run: Run) -> tuple[str, str] | None:
    """Why no name may point at the run, and what to do; None when one may."""
    reason = _why_not_whole(connection, run)
    if reason:
        return reason
    bad = connection.execute(
        """SELECT task, gate, verdict FROM evaluations JOIN verdicts USING (evaluation_id)
           WHERE run_id = ? AND verdict IN ('fail', 'error') ORDER BY verdicts.rowid""",
        [run.run_id],
    ).fetchall()
    if bad:
        task, gate, verdict = bad[0]
        more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        return f"{task}: {gate} is {verdict}{more}", "take a run without failing or broken gates"
    return None


def _why_not_whole(connection: Connection, run: Run) -> tuple[str, str] | None:
    """Why the run is not whole, and what to do. Its evaluations are asked themselves: the run's row was
    written by a process that may not have known."""
    if run.status != "finished":
        word = {"running": "it is still going on", "crashed": "it crashed"}.get(
            run.status, "it was interrupted"
        )
        return word, "take a run that finished"
    if run.n_unread:
        return unread_text(run), "run the suite again"
    if run.is_partial:
        asked = "--llm-limit, --llm-sample, --llm-control-variate, a stop by --llm-sequential"
        why = f"{asked}, a selection of tests, or answers lost"
        return f"it is partial ({why})", "run the whole suite"
    lacking = not_whole(connection, run.run_id)
    if lacking:
        evaluation, why = lacking[0]
        more = f" (and {len(lacking) - 1} more)" if len(lacking) > 1 else ""
        return f"it is not whole: {evaluation.task}: {why}{more}", "run the whole suite"
    return None

"""``evalkit runs``: the runs of the store, the latest first."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from evalkit.cli.printing import local_time, print_json, print_notes, print_table, utc_time
from evalkit.core.run import Run
from evalkit.report.data import OUTCOMES

HELP = "list runs, the latest first"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="how many (default 20)")


def run(arguments: argparse.Namespace) -> int:
    from evalkit.store.store import Store

    with Store.open(arguments.store) as store:
        runs = store.runs(max(arguments.limit, 0))
        run_ids = [each.run_id for each in runs]
        outcomes, tasks = store.outcomes(run_ids), store.tasks(run_ids)
        print_notes(store.notes)
    if arguments.json:
        print_json([{**run_object(each), "verdicts": outcomes.get(each.run_id, {})} for each in runs])
        return 0
    rows = [
        (each.run_id, local_time(each.started_at), _status(each), commit(each),
         ", ".join(tasks.get(each.run_id, ())), outcome_text(outcomes.get(each.run_id, {})))
        for each in runs
    ]  # fmt: skip
    print_table(
        ("run", "started", "status", "commit", "tasks", "verdicts"),
        rows,
        whole=("run", "started", "verdicts"),
    )
    return 0


def run_object(run: Run) -> dict[str, Any]:
    """A run for ``--json``: its columns, times as ISO 8601 in UTC."""
    times = {"started_at": utc_time(run.started_at), "finished_at": utc_time(run.finished_at)}
    return {**asdict(run), **times}


def outcome_text(counts: dict[str, int]) -> str:
    """``1 fail, 3 pass``, the worst first."""
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if outcome in counts)


def commit(run: Run) -> str:
    """``main@07307e3*``; the star stands for changes that were not committed."""
    if run.git_commit is None:
        return ""
    at = f"{run.git_branch or ''}@{run.git_commit[:7]}"
    return at + "*" if run.git_dirty else at


def _status(run: Run) -> str:
    return f"{run.status}, partial" if run.is_partial else run.status

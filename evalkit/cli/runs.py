"""``evalkit runs``: the runs of the store, the latest first."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from evalkit.cli.counts import count
from evalkit.cli.printing import cell_text, local_time, print_json, print_notes, say, table_lines, utc_time
from evalkit.core.run import Run
from evalkit.report.data import OUTCOMES
from evalkit.report.wording import run_status
from evalkit.session.stored.told import Told, tell

HELP = "list runs, the latest first, each with its numbers and what changed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=count, default=20, metavar="N", help="runs to show (default 20)")


def run(arguments: argparse.Namespace) -> int:
    from evalkit.store.store import Store

    with Store.open(arguments.store) as store:
        runs = store.runs(arguments.limit)
        run_ids = [each.run_id for each in runs]
        outcomes, told = store.outcomes(run_ids), tell(store, run_ids)
        print_notes(store.notes)
    if arguments.json:
        objects = ({**run_object(each), "verdicts": outcomes.get(each.run_id, {})} for each in runs)
        print_json([{**each, **told[each["run_id"]].object} for each in objects])
    else:
        _print(runs, outcomes, told)
    return 0


def _print(runs: list[Run], outcomes: dict[str, dict[str, int]], told: dict[str, Told]) -> None:
    """One line for each run under the headers, then one for each of its evaluations."""
    rows = [
        (each.run_id, local_time(each.started_at), run_status(each), commit(each), told[each.run_id].cost,
         told[each.run_id].changes, outcome_text(outcomes.get(each.run_id, {})))
        for each in runs
    ]  # fmt: skip
    headers = ("run", "started", "status", "commit", "cost", "changed", "verdicts")
    head, *lines = table_lines(
        headers, rows, right=("cost",), whole=("run", "started", "cost", "changed", "verdicts")
    )
    say(head)
    for line, each in zip(lines, runs, strict=True):
        say(line, *(f"  {cell_text(told_line)}" for told_line in told[each.run_id].lines))


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

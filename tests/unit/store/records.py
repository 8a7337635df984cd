"""Runs to put into stores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evalkit.core.estimate import Comparison, Estimate
from evalkit.core.response import Response
from evalkit.core.run import Evaluation, Run, SubjectRecord
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.verdict import GateResult, Verdict
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.store.made_once import make_once

SUBJECT = SubjectRecord("subject-1", "local/tiny", "rev1", {"temperature": 0.5}, "default", "abc")
SIGNATURE = "exact_match(case=keep)"
COMPARISON = Comparison("accuracy", 0.5, 0.75, 0.25, 0.1, 0.4, 0.01, 0.05, 4, 1, 0, 3, 0.2, 9, "exact")


def make_run(run_id: str = "run-a", **changes: Any) -> Run:
    values: dict[str, Any] = {
        "started_at": 1_700_000_000.5,
        "finished_at": 1_700_000_060.25,
        "status": "finished",
        "git_commit": "0123456789abcdef",
        "git_branch": "main",
        "git_dirty": False,
        "evalkit_version": "0.1.0",
        "argv": ("pytest", "suites"),
        "host": "here",
    }
    return Run(run_id, **{**values, **changes})


def make_evaluation(evaluation_id: str = "run-a-1", run_id: str = "run-a", **changes: Any) -> Evaluation:
    values: dict[str, Any] = {
        "task": "sums",
        "task_hash": "task-hash",
        "dataset_hash": "data-hash",
        "subject": SUBJECT,
        "n_samples": 2,
        "status": "finished",
        "scorer_signatures": {"exact_match": SIGNATURE},
        "metric_specs": {"accuracy": ["accuracy", {}]},
    }
    return Evaluation(evaluation_id, run_id, **{**values, **changes})


def write_run(
    store: Path,
    run_id: str = "run-a",
    *,
    values: tuple[float, ...] = (1.0, 0.0),
    outcome: GateResult | None = "pass",
    subject: SubjectRecord = SUBJECT,
    task: str = "sums",
    groups: tuple[str, ...] | None = None,
    is_anew: bool = False,
    **changes: Any,
) -> str:
    """A whole run with one answer for each value, folded into the store; returns its evaluation's id.

    Args:
        is_anew: with a spool and a fold of its own, and not as a copy of what an earlier test had written.
    """
    content = (run_id, values, outcome, subject, task, groups, changes)
    if is_anew:
        _write_run(store, *content)
    else:
        make_once(store, repr(content), lambda: _write_run(store, *content))
    return f"{run_id}-1"


def _write_run(
    store: Path,
    run_id: str,
    values: tuple[float, ...],
    outcome: GateResult | None,
    subject: SubjectRecord,
    task: str,
    groups: tuple[str, ...] | None,
    changes: dict[str, Any],
) -> None:
    evaluation_id = f"{run_id}-1"
    spool = Spool.create(store, run_id)
    spool.add_run(make_run(run_id, **changes))
    spool.add_evaluation(
        make_evaluation(evaluation_id, run_id, subject=subject, task=task, n_samples=len(values))
    )
    for i, value in enumerate(values):
        sample = Sample(f"s{i}", f"{i} + 1", str(i + 1), group=groups[i] if groups else None)
        answer = str(i + 1) if value else "?"
        spool.add_response(evaluation_id, sample, Response(answer, created_at=1_700_000_001.0), i)
        spool.add_scores(evaluation_id, sample.id, 0, Score("exact_match", value, answer))
    n = len(values)
    spool.add_metrics(evaluation_id, [Estimate("accuracy", sum(values) / n, 0.1, 0.9, n, "accuracy|v1")])
    if outcome is not None:
        spool.add_verdict(evaluation_id, Verdict("accuracy >= 0.5", outcome, "as it was"))
    spool.close()
    with Store.open(store, mode="write") as opened:
        opened.fold()

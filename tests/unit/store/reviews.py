"""Runs with answers of several Subjects, and reviews of them, in a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from evalkit.core.gate import Gate, GateRules
from evalkit.core.response import Response
from evalkit.core.run import SubjectRecord
from evalkit.core.sample import Sample
from evalkit.store.connection import Connection
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.store.records import make_evaluation, make_run


def subject(model: str) -> SubjectRecord:
    return SubjectRecord(f"id-{model}", model)


def write_answers(
    path: Path, run_id: str, answers: Mapping[str, Sequence[str]], gates: Sequence[Gate] = ()
) -> dict[str, str]:
    """A run in which each Subject gave these answers to samples s0, s1, …; model to evaluation id."""
    spool = Spool.create(path, run_id)
    spool.add_run(make_run(run_id))
    ids = {model: f"{run_id}-{place}" for place, model in enumerate(answers)}
    specs = {gate.metric.label: gate.metric.stored for gate in gates}
    for model, texts in answers.items():
        spool.add_evaluation(
            make_evaluation(
                ids[model], run_id, subject=subject(model), n_samples=len(texts), scorer_signatures={},
                metric_specs=specs, rules=GateRules(tuple(gates)), n_repeats=1, n_available=len(texts),
            )
        )  # fmt: skip
        for i, text in enumerate(texts):
            spool.add_response(ids[model], Sample(f"s{i}", f"question {i}"), Response(text), i)
    spool.close()
    with Store.open(path, mode="write") as store:
        store.fold()
    return ids


def review(
    connection: Connection,
    evaluation_id: str,
    sample: int,
    value: float | None,
    *,
    opponent: str | None = None,
    reviewer: str = "ann",
    probability: float = 1.0,
    is_undone: bool = False,
    picked_for: str | None = None,
) -> None:
    """One review as the server of reviews stores it; None was skipped."""
    connection.execute(
        """INSERT INTO reviews (evaluation_id, sample_id, repeat, reviewer, label, kind, value, review_id,
               opponent_evaluation_id, opponent_repeat, inclusion_probability, is_undone, picked_for,
               question_hash, created_at)
           VALUES (?, ?, 0, ?, 'said', ?, ?, uuid()::VARCHAR, ?, ?, ?, ?, ?, 'q1', TIMESTAMP '2026-01-01')""",
        [
            evaluation_id, f"s{sample}", reviewer, "pairwise" if opponent else "pass_fail", value, opponent,
            0 if opponent else None, probability, is_undone or None, picked_for,
        ],
    )  # fmt: skip

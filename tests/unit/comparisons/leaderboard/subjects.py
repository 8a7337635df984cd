"""Subjects of a leaderboard, made of plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from evalkit.comparisons.estimate import estimate
from evalkit.comparisons.leaderboard.contender import Contender, contender
from evalkit.core.estimate import Estimate
from evalkit.core.run import Evaluation, SubjectRecord
from tests.unit.gates.metric_doubles import ACCURACY, Mean, observe

LABEL = "accuracy"


def subject(
    label: str,
    scores: Sequence[float | None],
    *,
    metric: Mean = ACCURACY,
    ids: Sequence[str] | None = None,
    others: Sequence[Estimate] = (),
    **changes: Any,
) -> Contender:
    """One whose answers have these scores (None for one that failed), ``model#prompt`` by its label."""
    model, _, prompt = label.partition("#")
    observations = observe(scores, ids=ids)
    n = len(scores)
    record = SubjectRecord(label, model, prompt=prompt or "default")
    evaluation = Evaluation(
        label, "run", "task", "task-hash", "dataset-hash", record, n, sum(s is None for s in scores),
        "finished", metric_specs={LABEL: ["accuracy", {}]}, n_repeats=1, n_available=n,
    )  # fmt: skip
    found = estimate(metric, LABEL, observations)
    return contender(label, replace(evaluation, **changes), observations, [found, *others])


def right(n: int, *wrong: range) -> list[float]:
    """Ones, with zeros at these places."""
    return [0.0 if any(i in each for each in wrong) else 1.0 for i in range(n)]

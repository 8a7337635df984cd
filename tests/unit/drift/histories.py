"""Histories for tests: one run a night, with answers that change when they are told to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evalkit.core.estimate import Estimate
from evalkit.core.response import Response
from evalkit.core.run import SubjectRecord
from evalkit.core.sample import Sample
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.store.made_once import make_once
from tests.unit.store.records import make_evaluation, make_run

NIGHT_S = 86_400.0
START = 1_767_225_600.0  # 2026-01-01
N = 500


def write_history(
    store: Path,
    values: Sequence[float] | npt.NDArray[np.float64],
    *,
    revisions: Sequence[str | None] = (),
    prompts: Sequence[str] = (),
    datasets: Sequence[str] = (),
    answers: Sequence[str] = (),
    metric: str = "accuracy",
    model: str = "openai/small",
    start: float = START,
    is_higher_better: bool = True,
) -> None:
    """One finished run for each value; the other sequences give what differs from night to night. All are in
    one spool, as folding one for each takes most of a test's time."""
    numbers = [float(value) for value in values]
    content = numbers, revisions, prompts, datasets, answers, metric, model, start, is_higher_better
    make_once(store, repr(content), lambda: _write(store, *content))


def _write(
    store: Path,
    values: Sequence[float],
    revisions: Sequence[str | None],
    prompts: Sequence[str],
    datasets: Sequence[str],
    answers: Sequence[str],
    metric: str,
    model: str,
    start: float,
    is_higher_better: bool,
) -> None:
    spool = Spool.create(store, f"run-{model[-3:]}-000")
    for night, value in enumerate(values):
        run_id, started = f"run-{model[-3:]}-{night:03}", start + night * NIGHT_S
        subject = SubjectRecord(
            f"s-{_at(prompts, night)}-{_at(revisions, night)}-{model}",
            model,
            _at(revisions, night),
            prompt_hash=_at(prompts, night) or "prompt-a",
        )
        spool.add_run(make_run(run_id, started_at=started, finished_at=started + 60))
        evaluation_id = f"{run_id}-1"
        spool.add_evaluation(
            make_evaluation(
                evaluation_id,
                run_id,
                subject=subject,
                dataset_hash=_at(datasets, night) or "data-a",
                n_samples=2,
            )
        )
        for i in range(2):
            response = Response(_at(answers, night) or "yes", latency_s=0.5, cost_usd=0.001)
            spool.add_response(evaluation_id, Sample(f"s{i}", "in", "yes"), response, i)
        estimate = Estimate(metric, value, None, None, N, f"{metric}|v1", is_higher_better=is_higher_better)
        spool.add_metrics(evaluation_id, [estimate])
    spool.close()
    with Store.open(store, mode="write") as opened:
        opened.fold()


def _at(values: Sequence[str | None], night: int) -> str | None:
    return values[night] if values else None

"""A store with a history: one run a night over several tasks, each with metrics, verdicts and answers.

Usage: ``python -m tests.benchmarks.nightly_runs STORE N_RUNS``
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.core.estimate import Estimate
from evalkit.core.response import Response
from evalkit.core.run import Evaluation, Run, SubjectRecord
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.verdict import Verdict
from evalkit.store import rows
from evalkit.store.bulk import tables_of
from evalkit.store.spool_file import SPOOLED
from evalkit.store.store import Store

N_TASKS = 5
N_METRICS = 10
N_SAMPLES = 20
NIGHT_S = 86_400.0
START = 1_640_995_200.0  # 2022-01-01
#: One series in so many has a step in the middle of the history.
STEP_EVERY = 10

Rows = dict[str, list[list[Any]]]


def write_history(store: Path, n_runs: int, seed: int = 0) -> None:
    """``n_runs`` finished runs of five tasks with ten metrics each, and a baseline, in ``store``."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.01, (n_runs, N_TASKS, N_METRICS))
    with Store.open(store, mode="write") as opened:
        tables = tables_of(opened.connection, SPOOLED)
        for first in range(0, n_runs, 100):
            gathered: Rows = {}
            for night in range(first, min(first + 100, n_runs)):
                for table, row in _night(night, n_runs, noise[night]):
                    gathered.setdefault(table, []).append(row)
            for table, found in gathered.items():
                tables[table].insert(opened.connection, found)
        tables["subjects"].insert(opened.connection, [rows.subject_row(_subject(at)) for at in range(2)])
        opened.set_baseline("main", run_name(n_runs // 2))


def run_name(night: int) -> str:
    return f"night-{night:05}"


def _subject(half: int) -> SubjectRecord:
    """The model moves once, in the middle."""
    return SubjectRecord(f"subject-{half}", "openai/bench", f"2022-0{half + 1}-01", {}, prompt_hash="abc")


def _night(night: int, n_runs: int, noise: np.ndarray) -> Iterator[tuple[str, list[Any]]]:
    run_id, started = run_name(night), START + night * NIGHT_S
    half = int(2 * night >= n_runs)
    run = Run(run_id, started, started + 600, "finished", argv=("pytest", "suites/canary"), host="bench")
    yield "runs", rows.run_row(run)
    for number in range(N_TASKS):
        evaluation_id, task = f"{run_id}-{number + 1}", f"canary/task_{number}"
        labels = ["accuracy", *(f"mean:judge_{at}" for at in range(1, N_METRICS))]
        evaluation = Evaluation(
            evaluation_id, run_id, task, f"task-{number}", f"data-{number}", _subject(half), N_SAMPLES,
            status="finished", scorer_signatures={"exact_match": "exact_match()"},
            metric_specs={"accuracy": ["accuracy", {}]},
        )  # fmt: skip
        yield "evaluations", rows.evaluation_row(evaluation)
        for at, label in enumerate(labels):
            moved = 0.08 if half and (number * N_METRICS + at) % STEP_EVERY == 0 else 0.0
            value = float(np.clip(0.8 - moved + noise[number, at], 0, 1))
            estimate = Estimate(label, value, value - 0.02, value + 0.02, 500, f"{label}|v1")
            yield "metrics", rows.metric_row(evaluation_id, estimate)
        verdict = Verdict("accuracy >= 0.7", "pass", "accuracy 0.800 is at least 0.7.")
        yield "verdicts", rows.verdict_row(evaluation_id, verdict, None)
        yield from _answers(evaluation_id, night, started)


def _answers(evaluation_id: str, night: int, started: float) -> Iterator[tuple[str, list[Any]]]:
    for i in range(N_SAMPLES):
        sample = Sample(f"s{i}", f"Question {i}, and then some more words to read", "yes")
        answer = "yes" if (i * 7 + night) % 5 else "no, it is not as far as I can see"
        response = Response(
            answer, finish_reason="stop", prompt_tokens=40, completion_tokens=3 + i % 4, cost_usd=1e-4,
            latency_s=0.4 + 0.01 * ((i * 13 + night * 31) % 17), created_at=started + i,
        )  # fmt: skip
        yield "responses", rows.response_row(evaluation_id, sample, response, i)
        score = Score("exact_match", float(answer == "yes"), answer)
        yield "scores", rows.score_row(evaluation_id, sample.id, 0, score)


if __name__ == "__main__":
    write_history(Path(sys.argv[1]), int(sys.argv[2]))

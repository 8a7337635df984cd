"""Sixty nights of one task in a store: recorded answers of GPT-4, whose version changed in night 41.

LLMDrift recorded GPT-4 of March and of June 2023 on the same questions. A name of a model that moves is a
share of calls to either: here one call in twenty goes to the other version, until the night of the change to
that of June, then to that of March. Which calls, is drawn; the answers are as they were recorded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.core.estimate import Estimate
from evalkit.core.response import Response
from evalkit.core.run import Evaluation, Run, SubjectRecord
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.verdict import Verdict
from evalkit.stats.intervals import wilson_interval
from evalkit.store import rows
from evalkit.store.bulk import tables_of
from evalkit.store.spool_file import SPOOLED
from evalkit.store.store import Store
from tests.data.recorded import primes

N_NIGHTS, CHANGE, N_QUESTIONS = 60, 40, 200
VERSIONS = ("gpt-4-0314", "gpt-4-0613")
NIGHT_S = 86_400.0
START = 1_775_001_600.0  # 2026-04-01
TASK, GATE = "drift/primes", "accuracy >= 0.75"
_OTHER = 0.05
_WORD = re.compile(r"\b(yes|no)\b", re.IGNORECASE)

Record = Mapping[str, Any]


def write_nights(store: Path, data: Path) -> None:
    """The runs ``night-01`` to ``night-60``, one a day, with every answer, score, metric and verdict."""
    samples, outputs = primes(data)
    asked = samples["primes"][:: len(samples["primes"]) // N_QUESTIONS]
    answers = [{row["sample_id"]: row for row in outputs[name]} for name in VERSIONS]
    rng = np.random.default_rng(14)
    found: dict[str, list[list[Any]]] = {}
    for night in range(N_NIGHTS):
        is_after = night >= CHANGE
        picks = (rng.random(N_QUESTIONS) < _OTHER) != is_after
        given = [answers[int(pick)][row["id"]] for pick, row in zip(picks, asked, strict=True)]
        for table, row in _night(night, VERSIONS[is_after], asked, given):
            found.setdefault(table, []).append(row)
    with Store.open(store, mode="write") as opened:
        tables = tables_of(opened.connection, SPOOLED)
        for table, lines in found.items():
            tables[table].insert(opened.connection, lines)
        subjects = [rows.subject_row(_subject(version)) for version in VERSIONS]
        tables["subjects"].insert(opened.connection, subjects)
        opened.set_baseline("main", run_name(0))


def run_name(night: int) -> str:
    """Of a night counted from 0."""
    return f"night-{night + 1:02}"


def _subject(version: str) -> SubjectRecord:
    return SubjectRecord(f"subject-{version}", "openai/gpt-4", version, {"temperature": 0.1})


def _night(
    night: int, version: str, asked: Sequence[Record], given: Sequence[Record]
) -> Iterator[tuple[str, list[Any]]]:
    run_id, started = run_name(night), START + night * NIGHT_S
    evaluation_id, n = f"{run_id}-1", len(asked)
    yield "runs", rows.run_row(Run(run_id, started, started + 240, "finished", host="nightly"))
    evaluation = Evaluation(
        evaluation_id, run_id, TASK, "task-1", "data-1", _subject(version), n, status="finished", n_repeats=1,
        scorer_signatures={"regex": "regex(yes|no)"}, metric_specs={"accuracy": ["accuracy", {}]},
    )  # fmt: skip
    yield "evaluations", rows.evaluation_row(evaluation)
    n_right = 0
    for i, (row, answer) in enumerate(zip(asked, given, strict=True)):
        sample = Sample(row["id"], row["query"], row["answer"])
        said = (_WORD.findall(answer["output"]) or [""])[-1].lower()
        is_right = said == row["answer"]
        n_right += is_right
        response = Response(
            answer["output"], finish_reason="stop", completion_tokens=answer["completion_tokens"],
            cost_usd=answer["cost_usd"], latency_s=answer["latency_s"], model_revision=answer["model"],
            created_at=started + i, input=row["query"],
        )  # fmt: skip
        yield "responses", rows.response_row(evaluation_id, sample, response, i)
        yield "scores", rows.score_row(evaluation_id, row["id"], 0, Score("regex", float(is_right), said))
    share = n_right / n
    yield from _numbers(evaluation_id, share, n, given)
    word = "is at least" if share >= 0.75 else "is below"
    verdict = Verdict(GATE, "pass" if share >= 0.75 else "fail", f"accuracy {share:.3f} {word} 0.75.")
    yield "verdicts", rows.verdict_row(evaluation_id, verdict, None)


def _numbers(
    evaluation_id: str, share: float, n: int, given: Sequence[Record]
) -> Iterator[tuple[str, list[Any]]]:
    ends = wilson_interval(share, n)
    tokens = float(sum(each["completion_tokens"] for each in given))
    cost = float(sum(each["cost_usd"] for each in given))
    for estimate in (
        Estimate("accuracy", share, ends.low, ends.high, n, "accuracy|scorer:regex(yes|no)|v1"),
        Estimate("completion_tokens", tokens, None, None, n, "completion_tokens|v1"),
        Estimate("cost_usd", cost, None, None, n, "cost_usd|v1"),
        Estimate("error_rate", 0.0, 0.0, wilson_interval(0.0, n).high, n, "error_rate|v1"),
    ):
        yield "metrics", rows.metric_row(evaluation_id, estimate)

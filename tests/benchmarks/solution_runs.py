"""Two runs of one task over 100,000 worked solutions, recorded as sessions record them.

The texts are those that two models of OpenAI gave to GSM8K (with the verdicts of its authors), tiled: in each
copy every number is another one of as many digits, so that no text stands twice.

Usage: ``python -m tests.benchmarks.solution_runs STORE N_SAMPLES``
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evalkit.core.gate import MetricSpec
from evalkit.core.response import Response
from evalkit.core.run import Evaluation, Run, SubjectRecord
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.shared_data import shared_data

#: Run id -> the model whose solutions it has.
SIDES = {"before": "6b_verification", "after": "175b_finetuning"}
TASK = "math/word-problems"
_NUMBER = re.compile(r"\d+")
_STARTED = 1_767_225_600.0
_FAULTS = ("timeout", "rate_limit", "server")


def write_runs(store: Path, n_samples: int) -> None:
    """Both runs, folded into ``store``."""
    for run_id in SIDES:
        _write_run(store, run_id, n_samples)
        with Store.open(store, mode="write") as opened:
            opened.fold()


def _write_run(store: Path, run_id: str, n_samples: int) -> None:
    model = SIDES[run_id]
    subject = SubjectRecord(f"{run_id}-s", f"openai/{model}", "2021-10", {"temperature": 0}, prompt_hash="p1")
    metric = MetricSpec("accuracy")
    evaluation_id = f"{run_id}-1"
    spool = Spool.create(store, run_id)
    spool.add_run(Run(run_id, _STARTED, _STARTED + 600, "finished", argv=("pytest", "suites"), host="bench"))
    spool.add_evaluation(
        Evaluation(
            evaluation_id, run_id, TASK, "task-hash", "data-hash", subject, n_samples,
            status="finished",
            scorer_signatures={"exact_match": "exact_match()"},
            metric_specs={"accuracy": [metric.name, dict(metric.params)]},
        )
    )  # fmt: skip
    for i, (sample, response, score) in enumerate(rows(run_id, n_samples)):
        spool.add_response(evaluation_id, sample, response, i)
        spool.add_scores(evaluation_id, sample.id, 0, score)
    spool.close()


def rows(run_id: str, n_samples: int) -> Iterator[tuple[Sample, Response, Score]]:
    """The samples of one run of ``SIDES``."""
    model = SIDES[run_id]
    path = shared_data("gsm8k", "example_model_solutions.jsonl")
    problems: list[Any] = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    of_side = random.Random(model)
    for i in range(n_samples):
        problem = problems[i % len(problems)]
        of_sample = random.Random(i)
        question = _other_numbers(problem["question"], of_sample)
        steps = problem["ground_truth"].count("<<")
        row = {"question": question, "steps": steps, "tags": _tags(question)}
        target = _other_numbers(problem["ground_truth"].rsplit(" ", 1)[-1], of_sample)
        sample = Sample(f"problem-{i:06}", question, target, row)
        if of_side.random() < 0.003:
            kind = of_side.choice(_FAULTS)
            response = Response(error=f"{kind}: the model gave no answer", error_kind=kind)
            yield sample, response, Score("exact_match", error="no output")
            continue
        given = problem[model]
        output = _other_numbers(given["solution"], of_side)
        answer = target if given["is_correct"] else output.rsplit(" ", 1)[-1]
        yield sample, _response(output, i, of_side), Score("exact_match", float(given["is_correct"]), answer)


def _response(output: str, i: int, of_side: random.Random) -> Response:
    return Response(
        output,
        finish_reason="stop",
        prompt_tokens=60 + of_side.randint(0, 80),
        completion_tokens=len(output) // 4,
        cost_usd=1e-6 * len(output),
        latency_s=round(of_side.lognormvariate(0, 0.5), 4),
        created_at=_STARTED + i / 200,
    )


def _other_numbers(text: str, numbers: random.Random) -> str:
    return _NUMBER.sub(
        lambda found: str(numbers.randrange(10 ** (len(found[0]) - 1), 10 ** len(found[0]))), text
    )


def _tags(question: str) -> list[str]:
    words = {"money": "$", "share": "%", "time": "hour", "long": "\n"}
    return [tag for tag, word in words.items() if word in question]


if __name__ == "__main__":
    write_runs(Path(sys.argv[1]), int(sys.argv[2]))

"""Logs of Inspect in its .eval format, written with its own classes in an environment of its own.

They have what the list of samples and its filter read: input, target, both messages, the output, the score,
the metadata, usage and time. They have no events, which a session of Inspect would add and which make logs
larger.
Its function for writing a log at once takes several times as long for 100,000 samples.
"""

from __future__ import annotations

import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.benchmarks.process import Usage, measure
from tests.benchmarks.solution_runs import SIDES, TASK, rows
from tests.invocation import environment

REQUIREMENTS = ("inspect-ai==0.3.285",)

_BOUNDED = ("timeout", "1800")
_WRITE = """import json, sys
from zipfile import ZipFile
from inspect_ai._util.zipfile import zipfile_compress_kwargs
from inspect_ai.log import (
    EvalConfig, EvalDataset, EvalError, EvalLog, EvalMetric, EvalResults, EvalSample, EvalScore, EvalSpec,
    EvalStats,
)
from inspect_ai.model import ChatMessageAssistant, ChatMessageUser, ModelOutput, ModelUsage
from inspect_ai.scorer import Score

source, target, task, model = sys.argv[1:]

def sample(row):
    failed = row["error"] is not None
    asked = ChatMessageUser(content=row["input"])
    usage = ModelUsage(
        input_tokens=row["prompt_tokens"] or 0, output_tokens=row["completion_tokens"] or 0,
        total_tokens=(row["prompt_tokens"] or 0) + (row["completion_tokens"] or 0),
    )
    output = ModelOutput.from_content(model, row["output"] or "", "stop")
    output.usage = usage
    error = EvalError(message=row["error"], traceback="", traceback_ansi="") if failed else None
    return EvalSample(
        id=row["id"], epoch=1, input=row["input"], target=row["target"],
        messages=[asked] if failed else [asked, ChatMessageAssistant(content=row["output"], model=model)],
        output=ModelOutput(model=model) if failed else output,
        scores={} if failed else {"exact_match": Score(
            value="C" if row["score"] else "I", answer=row["answer"], explanation=row["output"])},
        metadata=row["metadata"], model_usage={} if failed else {model: usage},
        total_time=row["latency_s"], error=error,
    )

with open(source, encoding="utf-8") as lines:
    samples = [sample(json.loads(line)) for line in lines]
scored = [each.scores["exact_match"].value == "C" for each in samples if each.scores]
accuracy = EvalMetric(name="accuracy", value=sum(scored) / len(scored))
created = "2026-01-01T00:00:00+00:00"
log = EvalLog(
    status="success",
    eval=EvalSpec(
        created=created, task=task, model=model, config=EvalConfig(),
        dataset=EvalDataset(name=task, samples=len(samples), sample_ids=[each.id for each in samples]),
    ),
    results=EvalResults(
        total_samples=len(samples), completed_samples=len(scored),
        scores=[EvalScore(name="exact_match", scorer="exact_match", metrics={"accuracy": accuracy})],
    ),
    stats=EvalStats(started_at=created, completed_at=created),
)
with ZipFile(target, "w", **zipfile_compress_kwargs) as file:
    spec, plan = log.eval.model_dump(mode="json"), log.plan.model_dump(mode="json")
    start = {"version": log.version, "eval": spec, "plan": plan}
    file.writestr("_journal/start.json", json.dumps(start))
    for each in samples:
        file.writestr(f"samples/{each.id}_epoch_1.json", each.model_dump_json(exclude_none=True))
    summaries = [each.summary().model_dump(mode="json", exclude_none=True) for each in samples]
    file.writestr("summaries.json", json.dumps(summaries))
    file.writestr("header.json", log.model_dump_json(exclude={"samples"}, exclude_none=True))
"""


def write_logs(python: Path, folder: Path, n_samples: int) -> list[Usage]:
    """One log for each run of ``SIDES`` in ``folder``, side by side, and what writing each took."""
    folder.mkdir(parents=True)
    with ThreadPoolExecutor() as pool:
        return list(pool.map(partial(_write_log, python, folder, n_samples), SIDES))


def _write_log(python: Path, folder: Path, n_samples: int, run_id: str) -> Usage:
    with tempfile.TemporaryDirectory() as work:
        source = Path(work) / "rows.jsonl"
        _write_rows(source, run_id, n_samples)
        target = folder / f"{run_id}.eval"
        arguments = [
            *_BOUNDED,
            str(python),
            "-c",
            _WRITE,
            str(source),
            str(target),
            TASK,
            f"openai/{SIDES[run_id]}",
        ]
        return measure(arguments, cwd=Path(work), env=environment())


def _write_rows(path: Path, run_id: str, n_samples: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for sample, response, score in rows(run_id, n_samples):
            row = {
                "id": sample.id,
                "input": sample.input,
                "target": sample.target,
                "metadata": {name: value for name, value in sample.row.items() if name != "question"},
                "output": response.output,
                "error": response.error,
                "prompt_tokens": response.prompt_tokens,
                "completion_tokens": response.completion_tokens,
                "latency_s": response.latency_s,
                "score": score.value,
                "answer": score.answer,
            }
            file.write(json.dumps(row) + "\n")

"""Sample by sample against lm-evaluation-harness: ``python -m tests.agreement.lm_eval`` (``make agreement``).

The reference runs in a virtual environment of its own (``--venv``, made when it is not there) on the same
rows and the same weights in float32, with its own task definitions. Requests must be equal to the character,
log-likelihoods to 0.001 (``--engine hf``, the reference's own libraries: to 0.0001), the chosen answer in
every sample. ``--write`` keeps what the reference gave as golden files, texts as hashes, for the test that
needs no torch.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.subject import ModelSpec
from evalkit.models.embedded.weights import find_weights
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model
from evalkit.runner.prepared_task import PreparedTask
from evalkit.runner.scoring import score_response
from evalkit.runner.task_scorers import scoring_of
from tests.agreement.benchmarks import BENCHMARKS, GOLDEN, ROOT, Benchmark, load, requests
from tests.agreement.golden import hashed, seamed
from tests.benchmarks.lm_eval import REQUIREMENTS
from tests.benchmarks.venvs import ensure

#: By engine, in nats: llama.cpp's file and numpy, transformers and torch.
TOLERANCE = {"embedded": 1e-3, "hf": 1e-4}

Line = dict[str, Any]


@dataclass
class Outcome:
    """How one benchmark agreed. ``differences`` are sentences for people."""

    name: str
    n: int = 0
    n_requests: int = 0
    largest: float = 0.0
    n_decisions: int = 0
    differences: list[str] = field(default_factory=list)


def run_reference(
    python: Path, benchmarks: Iterable[Benchmark], weights: Path | None, folder: Path
) -> dict[str, list[Line]]:
    """What lm-evaluation-harness asks and gets, by benchmark."""
    jobs = []
    for benchmark in benchmarks:
        prepared, splits = load(benchmark)
        shots: Any = prepared.task.fewshot
        data = {}
        for split, rows in splits.items():
            data[split] = str(folder / f"{benchmark.name}-{split}.json")
            Path(data[split]).write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        jobs.append(
            {
                "name": benchmark.name,
                "file": benchmark.file,
                "data": data,
                "n": len(prepared.samples),
                "n_shots": shots.n if shots else 0,
                "order": "first",
            }
        )
    (folder / "jobs.json").write_text(json.dumps({"model": str(weights) if weights else None, "jobs": jobs}))
    script = ROOT / "tests/agreement/reference.py"
    subprocess.run([str(python), "-P", str(script), str(folder / "jobs.json")], check=True)
    return {str(job["name"]): _lines(folder / f"{job['name']}.jsonl") for job in jobs}


def _lines(path: Path) -> list[Line]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").strip().split("\n")]


def compare(
    benchmark: Benchmark,
    theirs: Sequence[Line],
    ours: Sequence[Response] | None,
    tolerance: float = TOLERANCE["embedded"],
) -> Outcome:
    """Requests, and where the model was asked, numbers too."""
    prepared, _ = load(benchmark)
    outcome = Outcome(benchmark.name, n=len(theirs))
    if len(theirs) != len(prepared.samples):
        outcome.differences.append(f"{len(theirs)} documents there, {len(prepared.samples)} samples here")
    for place, (request, line) in enumerate(zip(requests(prepared), theirs, strict=False)):
        order = -1 if benchmark.is_reversed else 1
        texts = line["continuations"][::order]
        outcome.n_requests += len(texts) or 1
        seen, wanted = seamed(request.text, request.continuations or ()), seamed(line["context"], texts)
        if seen != wanted:
            outcome.differences.append(f"{request.sample.id}: asked {seen!r}, not {wanted!r}")
        if ours is not None and "logprobs" in line:
            _compare_numbers(outcome, prepared.samples[place], ours[place], line, order, tolerance)
    return outcome


def _compare_numbers(
    outcome: Outcome, sample: Sample, response: Response, line: Line, order: int, tolerance: float
) -> None:
    logprobs = line["logprobs"][::order]
    seen = response.choice_logprobs or ()
    largest = max((abs(a - b) for a, b in zip(seen, logprobs, strict=True)), default=0.0)
    outcome.largest = max(outcome.largest, largest)
    if largest > tolerance:
        outcome.differences.append(f"{sample.id}: log-likelihoods differ by {largest:.6f}")
    if seen.index(max(seen)) != logprobs.index(max(logprobs)):
        outcome.differences.append(f"{sample.id}: another choice is the likeliest")
    else:
        outcome.n_decisions += 1


async def ask(spec: str, asked: Sequence[Request]) -> list[Response]:
    """The log-likelihoods of one model, request by request."""
    model = open_model(ModelSpec.parse(spec), ModelSettings())
    await model.start()
    try:
        return await asyncio.gather(*map(model.respond, asked))
    finally:
        await model.close()


def write_golden(benchmark: Benchmark, lines: Sequence[Line]) -> None:
    """Ids, hashes of the texts, log-likelihoods and results, in the reference's order of choices."""
    prepared, _ = load(benchmark)
    kept = [hashed(sample.id, line) for sample, line in zip(prepared.samples, lines, strict=True)]
    path = GOLDEN / f"{benchmark.name}.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")


def scores(prepared: PreparedTask, responses: Sequence[Response]) -> list[dict[str, float | None]]:
    """What our scorers say of each response, by scorer."""
    scorers = scoring_of(prepared.task, prepared.samples).scorers

    async def all_scores() -> list[dict[str, float | None]]:
        pairs = zip(prepared.samples, responses, strict=True)
        judged = [await score_response(scorers, sample, response) for sample, response in pairs]
        return [{score.scorer: score.value for score in each} for each in judged]

    return asyncio.run(all_scores())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv-lm-eval", help="where the reference lives")
    parser.add_argument("--work", type=Path, help="keep the reference's answers here, and go on from them")
    parser.add_argument("--only", action="append", help="one benchmark; repeatable")
    parser.add_argument("--model", default="local/smollm2", help="ours; its weights go to the reference")
    parser.add_argument("--engine", choices=TOLERANCE, default="embedded", help="which of ours reads them")
    parser.add_argument("--requests-only", action="store_true", help="ask no model")
    parser.add_argument("--write", action="store_true", help="keep the reference's numbers as golden files")
    given = parser.parse_args()
    chosen = [benchmark for benchmark in BENCHMARKS if not given.only or benchmark.name in given.only]
    weights = (
        None if given.requests_only else find_weights(given.model.removeprefix("local/").partition("?")[0])
    )
    with tempfile.TemporaryDirectory(prefix="evalkit-agreement-") as temporary:
        folder = given.work or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        theirs = run_reference(ensure(given.venv, REQUIREMENTS), chosen, weights, folder)
    n_different = 0
    for benchmark in chosen:
        lines = theirs[benchmark.name]
        asked = requests(load(benchmark)[0])
        is_ranked = weights is not None and asked[0].continuations is not None
        spec = f"hf/{weights}?device=cpu" if given.engine == "hf" else given.model
        ours = asyncio.run(ask(spec, asked)) if is_ranked else None
        outcome = compare(benchmark, lines, ours, TOLERANCE[given.engine])
        if given.write and (weights is not None or not is_ranked):
            write_golden(benchmark, lines)
        n_different += len(outcome.differences)
        print(
            f"{outcome.name:20} {outcome.n:4} samples, {outcome.n_requests:5} requests, "
            f"largest difference {outcome.largest:.6f}, same choice {outcome.n_decisions}"
        )
        for text in outcome.differences[:5]:
            print("    " + text[:2000])
    return min(n_different, 1)


if __name__ == "__main__":
    sys.exit(main())

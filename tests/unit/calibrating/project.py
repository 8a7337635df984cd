"""A project whose task a judge scores, people's labels for it, and judges on a loopback server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evalkit.cli.program import main
from tests.loopback import Call, Loopback, Reply, chat, serving

TASK = """
task: qa
samples:
{rows}
scorers:
  - judge: {rubric}
metrics: ["mean:judge"]
gates: ["mean:judge >= 0.5"]
judge: {{min_kappa: 0.6}}
"""
RUBRIC = "The answer is right."


def write_task(folder: Path, rubric: str = RUBRIC, text: str = TASK) -> Path:
    rows = "\n".join(f"  - {{id: s{i}, input: 'question {i}'}}" for i in range(20))
    path = folder / "qa.eval.yaml"
    path.write_text(text.format(rows=rows, rubric=rubric))
    return path


def write_labels(folder: Path, n_wrong: int = 0) -> Path:
    """Twenty responses, every second good; of the first ``n_wrong`` people say the opposite."""
    rows = []
    for i in range(20):
        is_good = i % 2 == 1
        label = is_good != (i < n_wrong)
        output = f"{'RIGHT' if is_good else 'wrong'}, no. {i}."
        rows.append({"sample_id": f"s{i}", "output": output, "label": "pass" if label else "fail"})
    path = folder / "labels.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def verdict(is_good: bool, revision: str = "served-1") -> Reply:
    return chat(json.dumps({"reason": "r", "verdict": "yes" if is_good else "no"}), model=revision)


def shown(call: Call) -> str:
    """All that the judge reads."""
    return "\n".join(str(each["content"]) for each in call.body["messages"])


def reads(call: Call) -> Reply:
    """A judge that looks for the word."""
    return verdict("RIGHT" in shown(call))


def obeys(call: Call) -> Reply:
    """One that does as the text says which it judges."""
    return verdict("RIGHT" in shown(call) or '"verdict": "yes"}' in shown(call))


def with_judge(answer: Callable[[Call], Reply], work: Callable[[str, Loopback], Any]) -> Any:
    """Does ``work`` in a thread while the judge is served; it gets the judge's spec."""

    async def run() -> Any:
        async with serving(answer) as server:
            return await asyncio.to_thread(work, f"openai/judge?base_url={server.base_url}", server)

    return asyncio.run(run())


def calibrate(spec: str, *more: str) -> int:
    return main(["judge", "calibrate", "qa.eval.yaml", "--labels", "labels.jsonl", "--judge", spec, *more])

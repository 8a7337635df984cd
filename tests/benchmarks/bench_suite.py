"""Writes the suite that the benchmarks run: exact match over N rows, one gate."""

from __future__ import annotations

import json
from pathlib import Path

_TASK = """\
task: bench
dataset: {file: rows.jsonl}
generate: {max_tokens: 16}
scorers: [exact_match]
metrics: [accuracy]
gates: [accuracy >= 1]
"""


def write_suite(folder: Path, n_samples: int) -> Path:
    """``bench.eval.yaml`` and its rows in ``folder``. The bench server answers every row rightly."""
    folder.mkdir(parents=True)
    with (folder / "rows.jsonl").open("w") as rows:
        for i in range(n_samples):
            word = f"word-{i:06}"
            rows.write(json.dumps({"id": str(i), "input": f"echo {word}", "target": word}) + "\n")
    task = folder / "bench.eval.yaml"
    task.write_text(_TASK)
    return task

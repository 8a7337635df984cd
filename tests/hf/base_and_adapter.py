"""Base and adapter in one session: ``python -m tests.hf.base_and_adapter`` prints gain and forgetting."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from contextlib import chdir
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import evalkit
from evalkit.api.results import Results
from evalkit.core.task import DatasetSpec, Task
from evalkit.datasets.load import load_rows
from evalkit.datasets.mirror import Mirror
from evalkit.models.embedded.weights import find_weights
from evalkit.tasks.taskfile import load_task_file
from tests.hf.shelves import task_text, train

ROOT = Path(__file__).resolve().parents[2]
#: What the base could do before: film reviews, causes and effects.
GENERAL = ("glue/sst2", "superglue/copa")
N_SAMPLES = 400


@dataclass(frozen=True)
class Pair:
    """Accuracy of base and adapter on one task, and what the regression gate says of the adapter."""

    task: str
    n: int
    base: float
    adapter: float
    verdict: str
    detail: str


def general(name: str, n_samples: int) -> Task:
    """A task over its first rows, as a data set of its own: of a session with a limit, which is not whole, no
    gate would pass anything."""
    (task,) = load_task_file(ROOT / "suites" / f"{name}.eval.yaml")
    assert isinstance(task.dataset, DatasetSpec)
    rows = load_rows(task.dataset, base_dir=ROOT, mirror=Mirror.open(ROOT / "tests/data"), is_offline=True)
    return replace(task, dataset=DatasetSpec(rows=tuple(rows[:n_samples])))


def session(folder: Path, gguf: Path, adapter: Path, n_samples: int = N_SAMPLES) -> Results:
    """The adapter's own task, and at most ``n_samples`` of each task of the general suite; the base is the
    baseline, and the report stands beside the store."""
    (folder / "shelves.eval.yaml").write_text(task_text())
    shutil.copy(gguf, folder / "base.gguf")
    base = "hf/base.gguf?device=cpu"
    tasks: list[Path | Task] = [folder / "shelves.eval.yaml", *(general(name, n_samples) for name in GENERAL)]
    with chdir(folder):
        return evalkit.evaluate(
            tasks,
            [base, f"{base}&adapter={adapter}"],
            baseline=f"subject:{base}",
            offline=True,
            store=folder / "results.duckdb",
            report=folder / "report.html",
            progress=False,
        )


def pairs(results: Results) -> list[Pair]:
    """One for each task, in the order of their names."""
    found = []
    metrics = [row for row in _rows(results.metrics) if row["metric"] == "accuracy"]
    verdicts = [row for row in _rows(results.verdicts) if "adapter=" in row["model"]]
    for task in sorted({row["task"] for row in metrics}):
        adapter, base = sorted(
            (row for row in metrics if row["task"] == task), key=lambda row: "adapter=" not in row["model"]
        )
        (gate,) = (row for row in verdicts if row["task"] == task and "regression" in row["gate"])
        n = adapter["n"]
        found.append(Pair(task, n, base["value"], adapter["value"], gate["verdict"], gate["detail"]))
    return found


def _rows(table: Any) -> list[dict[str, Any]]:
    return list(table.to_arrow().to_pylist())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=N_SAMPLES, help="of each general task")
    given = parser.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    gguf = find_weights("smollm2")
    assert gguf is not None, "run evalkit setup local smollm2"
    with tempfile.TemporaryDirectory(prefix="evalkit-adapter-") as temporary:
        folder = Path(temporary)
        results = session(folder, gguf, train(gguf, folder / "lora"), given.samples)
        for pair in pairs(results):
            print(
                f"{pair.task:16} n {pair.n:3}  base {pair.base:.3f}  adapter {pair.adapter:.3f}  "
                f"difference {pair.adapter - pair.base:+.3f}  {pair.verdict}\n    {pair.detail}"
            )


if __name__ == "__main__":
    main()

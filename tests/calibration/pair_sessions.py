"""Sessions of the plugin over two replay files."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from evalkit.core.run import Evaluation
from evalkit.core.verdict import Verdict
from evalkit.metrics.open import open_metric
from evalkit.store.store import Store
from tests.calibration.pair_replays import GatedPair, seen_pairs
from tests.calibration.pair_sets import ROOT, PairSet, regression_gates

#: Task and text of the gate.
Key = tuple[str, str]


@dataclass(frozen=True)
class StoppedGate:
    """What a sequential session says of one gate; ``n_asked`` are the candidate's calls for its task."""

    verdict: Verdict
    n_asked: int


class Sessions:
    """The pair of one baseline and one candidate, asked in full and with ``--llm-sequential``."""

    def __init__(self, which: PairSet, folder: Path, baseline: str, candidate: str) -> None:
        self._set = which
        self._folder = folder
        self._models = [f"replay:{folder}/{each}.jsonl" for each in (baseline, candidate)]
        self._name = f"{which.name}-{baseline}-{candidate}"

    def full(self) -> dict[Key, tuple[GatedPair, int]]:
        """Verdict, per-sample values and number of calls of each regression gate, every sample asked."""
        gates = regression_gates(self._set.tasks(self._folder))
        found = {}
        with Store.open(self._run("full", []), mode="read") as store:
            sides = self._sides(store)
            for task, gate in gates:
                before, after = (side[task.task] for side in sides)
                metric = open_metric(gate.metric)
                seen = [store.observations(each.evaluation_id) for each in (before, after)]
                verdict = _verdict(store, after, gate.text)
                pair = GatedPair(
                    task.task, gate, metric, verdict, seen_pairs(gate, metric, *seen), len(gates)
                )
                found[task.task, gate.text] = pair, len(seen[1])
        return found

    def sequential(self) -> dict[Key, StoppedGate]:
        """The same with ``--llm-sequential``."""
        gates = regression_gates(self._set.tasks(self._folder))
        with Store.open(self._run("sequential", ["--llm-sequential"]), mode="read") as store:
            _, candidates = self._sides(store)
            return {
                (task.task, gate.text): StoppedGate(
                    _verdict(store, candidates[task.task], gate.text),
                    len(store.observations(candidates[task.task].evaluation_id)),
                )
                for task, gate in gates
            }

    def _run(self, kind: str, options: list[str]) -> Path:
        """The baseline is asked beside the candidate. Returns the store."""
        path = self._folder.parent / f"{self._name}-{kind}" / "store.duckdb"
        has_mirror = (self._folder / "mirror.yaml").exists()
        command = [
            sys.executable, "-m", "pytest", "-q", str(self._set.task_file(self._folder)),
            *(f"--llm-model={model}" for model in self._models), f"--llm-baseline=subject:{self._models[0]}",
            *([f"--llm-data={self._folder}"] if has_mirror else []), *options,
            f"--llm-store={path}", "--llm-report=off", "--llm-cache=off", "--llm-concurrency=4",
            "-p", "no:cacheprovider",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        if done.returncode > 1:
            raise SystemExit(done.stdout + done.stderr)
        return path

    def _sides(self, store: Store) -> list[dict[str, Evaluation]]:
        """Task to evaluation, of the baseline and of the candidate."""
        (run,) = store.runs()
        evaluations = store.evaluations(run.run_id)
        return [
            {each.task: each for each in evaluations if each.subject.model == model} for model in self._models
        ]


def _verdict(store: Store, evaluation: Evaluation, gate: str) -> Verdict:
    return next(each for each in store.verdicts(evaluation.evaluation_id) if each.gate == gate)

"""Regression gates over recorded outputs of real models: the full run beside ``--llm-sequential``.

    python -m tests.calibration.real_pairs [--data SHARED_DATA] [--seeds N]

For every pair and task: verdict, difference and interval of the full run, verdict of the sequential one and
the share of the candidate's calls that it made. A verdict that turned (``pass`` for ``fail`` or the other way
round) ends the program with status 1. With ``--seeds``, each pair is replayed in N more random orders, and
the range of shares is printed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evalkit.core.gate import MetricSpec, RegressionGate
from evalkit.core.verdict import Outcome
from evalkit.gates.changes import sample_changes
from evalkit.gates.sequential import RegressionSequence
from evalkit.metrics.accuracy import Accuracy
from evalkit.store.store import Store
from tests.data.recorded import write

#: Set to (baseline, candidate) of its replay files; each pair is run in both directions.
PAIRS = {
    "primes": (
        ("gpt-4-0314", "gpt-4-0613"),
        ("gpt-3.5-turbo-0301", "gpt-3.5-turbo-0613"),
        ("gpt-4-0314", "gpt-3.5-turbo-0301"),
    ),
    "bbh": (("direct", "cot"),),
    "gsm8k": (
        ("175b_verification", "175b_finetuning"),
        ("175b_verification", "6b_verification"),
        ("6b_verification", "6b_finetuning"),
        ("175b_finetuning", "6b_verification"),
    ),
}
MARGIN = 0.02


@dataclass(frozen=True)
class Row:
    """One gate of one session; difference and interval in points, larger is better."""

    verdict: Outcome
    detail: str
    n_asked: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", default=os.environ.get("EVALKIT_SHARED_DATA", "../shared/data"))
    parser.add_argument("--seeds", type=int, default=0)
    arguments = parser.parse_args()
    n_turned = 0
    print(f"{'task':<24} {'baseline -> candidate':<42} {'full':<9} {'sequential':<10} asked")
    with tempfile.TemporaryDirectory() as folder:
        for name in PAIRS:
            suite = write(name, Path(arguments.data), Path(folder))
            for baseline, candidate in _directed(name):
                n_turned += _compare(suite, baseline, candidate, arguments.seeds)
    print(f"\nverdicts that turned: {n_turned}")
    return int(n_turned > 0)


def _directed(name: str) -> Iterator[tuple[str, str]]:
    for one, other in PAIRS[name]:
        yield one, other
        yield other, one


def _compare(suite: Path, baseline: str, candidate: str, n_seeds: int) -> int:
    full, stopped = (_session(suite, baseline, candidate, option) for option in ((), ("--llm-sequential",)))
    n_turned = 0
    for task, row in full.items():
        share = stopped[task].n_asked / row.n_asked
        pair = f"{baseline} -> {candidate}"
        print(f"{task:<24} {pair:<42} {row.verdict:<9} {stopped[task].verdict:<10} {share:.0%}")
        print(f"    {row.detail.partition(' (p ')[0]}")
        if n_seeds:
            n_turned += _print_orders(suite, task, baseline, candidate, row.verdict, len(full), n_seeds)
        n_turned += _has_turned(row.verdict, stopped[task].verdict)
    return n_turned


def _session(suite: Path, baseline: str, candidate: str, options: tuple[str, ...]) -> dict[str, Row]:
    """Task to what a pytest session says of the candidate. The baseline is asked beside it."""
    store = _store(suite, baseline, candidate, options)
    models = [f"--llm-model=replay:{suite}/{each}.jsonl" for each in (baseline, candidate)]
    command = [
        sys.executable, "-m", "pytest", "-q", str(suite), *models, *options, f"--llm-store={store}",
        f"--llm-baseline=subject:replay:{suite}/{baseline}.jsonl", "--llm-report=off", "--llm-concurrency=4",
        "-p", "no:cacheprovider", "--rootdir", str(suite),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode > 1:
        raise SystemExit(done.stdout + done.stderr)
    with Store.open(store, mode="read") as opened:
        rows = opened.connection.execute(
            """SELECT task, verdict, detail, (SELECT count(*) FROM responses r
                   WHERE r.evaluation_id = e.evaluation_id) AS n_asked
               FROM verdicts JOIN evaluations e USING (evaluation_id) JOIN subjects USING (subject_id)
               WHERE model = ? ORDER BY task""",
            [f"replay:{suite}/{candidate}.jsonl"],
        ).fetchall()
    return {task: Row(*row) for task, *row in rows}


def _store(suite: Path, baseline: str, candidate: str, options: tuple[str, ...]) -> Path:
    return (
        suite.parent / f"{suite.name}-{baseline}-{candidate}{'-sequential' * bool(options)}" / "store.duckdb"
    )


def _print_orders(
    suite: Path, task: str, baseline: str, candidate: str, full: Outcome, n_gates: int, n_seeds: int
) -> int:
    """Replay the looks in other orders: a stop of this one order may be luck."""
    pairs = _pairs(suite, task, baseline, candidate)
    shares, n_stopped, n_turned = [], 0, 0
    gate = RegressionGate(MetricSpec("accuracy"), MARGIN)
    for seed in range(n_seeds):
        sequence = RegressionSequence(gate, Accuracy(), len(pairs), n_gates)
        n_seen = 0
        for index in np.random.default_rng(seed).permutation(len(pairs)):
            sequence.add(*pairs[index])
            n_seen += 1
            if sequence.decision:
                break
        n_stopped += sequence.decision is not None
        n_turned += sequence.decision is not None and _has_turned(full, sequence.decision)
        shares.append(n_seen / len(pairs))
    low, middle, high = np.quantile(shares, (0.05, 0.5, 0.95))
    print(
        f"    {n_seeds} orders: asked {middle:.0%} ({low:.0%} to {high:.0%} in 90 %), {n_stopped} stopped, "
        f"{n_turned} turned"
    )
    return n_turned


def _pairs(suite: Path, task: str, baseline: str, candidate: str) -> list[tuple[float, float]]:
    with Store.open(_store(suite, baseline, candidate, ()), mode="read") as opened:
        ids = {
            model: evaluation_id
            for evaluation_id, model in opened.connection.execute(
                """SELECT evaluation_id, model FROM evaluations JOIN subjects USING (subject_id)
                   WHERE task = ?""",
                [task],
            ).fetchall()
        }
        sides = [opened.observations(ids[f"replay:{suite}/{each}.jsonl"]) for each in (baseline, candidate)]
    changes = sample_changes(Accuracy(), *sides)
    return [(c.baseline, c.candidate) for c in changes if c.baseline is not None and c.candidate is not None]


def _has_turned(full: Outcome, sequential: Outcome) -> bool:
    return {full, sequential} == {"pass", "fail"}


if __name__ == "__main__":
    sys.exit(main())

"""All of SST-2's dev set, two choices each: evalkit against lm-evaluation-harness on the same file.

Whole processes on the same cores, with the same prompts: bare, and after the same four examples. Started from
the repository's root with ``python -m tests.benchmarks.ranking_speed``; prints seconds, ratios, the share of
equal decisions and the differences of log-likelihoods.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import yaml
from numpy.typing import NDArray

from evalkit.downloads.cache_dir import cache_dir
from evalkit.models.embedded.weights import find_weights
from tests.benchmarks import lm_eval
from tests.benchmarks.process import Usage, measure
from tests.benchmarks.venvs import ensure
from tests.invocation import ROOT, environment, pytest_command

N_SHOTS = 4
CHOICES = ("negative", "positive")


class Bench:
    """One set of prompts; every run is a process in a folder of its own."""

    def __init__(self, data: Path, folder: Path, n_shots: int) -> None:
        self._data, self._folder = data, folder
        self._task = yaml.safe_load((ROOT / "suites/glue/sst2.eval.yaml").read_text())
        prompt = self._task["prompt"].strip()
        with (data / "glue/SST-2/dev.tsv").open(newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        asked = [prompt.replace("{{ input }}", row["text_a"]) for row in rows]
        solved = [
            f"{text} {CHOICES[int(row['label'])]}\n\n"
            for text, row in zip(asked[:n_shots], rows, strict=False)
        ]
        self._prompt = "".join(solved) + prompt
        self.texts = ["".join(solved) + text for text in asked]

    def ours(self, name: str) -> tuple[Usage, NDArray[np.float64]]:
        home = self._folder / name
        home.mkdir(parents=True)
        suite = home / "sst2.eval.yaml"
        suite.write_text(yaml.safe_dump({**self._task, "prompt": self._prompt}))
        command = [
            *(*pytest_command(), "-q", str(suite), "--llm-model=local/smollm2"),
            f"--llm-data={ROOT / 'tests/data/mirror.yaml'}",
            f"--llm-store={home / 'results.duckdb'}",
        ]
        env = environment(EVALKIT_SHARED_DATA=str(self._data), EVALKIT_CACHE_DIR=str(_cache(home)))
        usage = measure(command, cwd=home, env=env)
        with duckdb.connect(str(home / "results.duckdb"), read_only=True) as store:
            query = "SELECT choice_logprobs FROM responses ORDER BY position"
            return usage, np.array([row[0] for row in store.execute(query).fetchall()])

    def theirs(self, python: Path, model: Path, name: str) -> tuple[Usage, NDArray[np.float64]]:
        usage, values = lm_eval.rank(python, model, self.texts, CHOICES, self._folder / name)
        return usage, np.array(values)


def _cache(home: Path) -> Path:
    """A cache folder without answers, where fetched weights are still found."""
    folder = home / "cache"
    folder.mkdir()
    (folder / "weights").symlink_to(cache_dir() / "weights")
    return folder


def compare(bench: Bench, python: Path, model: Path, n_ours: int, n_theirs: int, label: str) -> None:
    runs = [bench.ours(f"ours-{i}") for i in range(n_ours)]
    for usage, _ in runs:
        print(
            f"{label}  evalkit  {usage.wall_s:6.1f} s, {usage.cpu_s:.0f} CPU s, {usage.peak_mb:.0f} MB",
            flush=True,
        )
    others = [bench.theirs(python, model, f"theirs-{i}") for i in range(n_theirs)]
    for usage, _ in others:
        print(
            f"{label}  lm-eval  {usage.wall_s:6.1f} s, {usage.cpu_s:.0f} CPU s, {usage.peak_mb:.0f} MB",
            flush=True,
        )
    seen, wanted = runs[0][1], others[0][1]
    is_repeated = all((values == seen).all() for _, values in runs)
    gaps = np.abs(seen - wanted)
    equal = ((seen[:, 1] > seen[:, 0]) == (wanted[:, 1] > wanted[:, 0])).mean()
    for name in ("wall_s", "cpu_s"):
        ours, theirs = (statistics.median(getattr(u, name) for u, _ in both) for both in (runs, others))
        print(f"{label}  {name:6}  {ours:.1f} against {theirs:.1f}: {theirs / ours:.2f} times faster")
    print(
        f"{label}  {len(seen)} samples: {equal:.2%} of decisions equal, log-likelihoods differ by at most "
        f"{gaps.max():.1e}, {gaps.mean():.1e} on average; runs of evalkit "
        f"{'are the same bits' if is_repeated else 'DIFFER'}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with glue/SST-2/dev.tsv")
    parser.add_argument("--lm-eval", type=Path, required=True, help="virtual environment; made if absent")
    parser.add_argument("--runs", type=int, default=3, help="of evalkit (median)")
    parser.add_argument("--reference-runs", type=int, default=1, help="of lm-evaluation-harness (median)")
    parser.add_argument("--shots", type=int, nargs="*", default=[0, N_SHOTS])
    arguments = parser.parse_args()
    model = find_weights("smollm2")
    if model is None:
        raise SystemExit("no weights: run evalkit setup local smollm2")
    python = ensure(arguments.lm_eval, lm_eval.REQUIREMENTS)
    for n_shots in arguments.shots:
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(arguments.data.resolve(), Path(folder), n_shots)
            compare(bench, python, model, arguments.runs, arguments.reference_runs, f"{n_shots}-shot")


if __name__ == "__main__":
    main()

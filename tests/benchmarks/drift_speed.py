"""How long commands take on a store of 1,000 nightly runs with 50 metrics each.

Started from the repository's root with ``python -m tests.benchmarks.drift_speed``. The store has five tasks
of ten metrics a night, a verdict on each, a baseline, and twenty answers to a task, from which
``evalkit drift`` reads thirty more series. Each command is a process of its own; the floor is one that
fetches the rows of ``metrics`` and of ``responses`` that the history is made of with DuckDB alone. Medians
over rounds.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.nightly_runs import N_METRICS, N_TASKS, run_name
from tests.benchmarks.overhead import compiling
from tests.benchmarks.process import Usage, measure
from tests.invocation import environment

FLOOR = """import sys, duckdb
store = duckdb.connect(sys.argv[1], read_only=True)
joins = "JOIN evaluations USING (evaluation_id) JOIN runs USING (run_id)"
store.execute(f"SELECT * FROM metrics {joins}").fetchall()
store.execute("SELECT evaluation_id, avg(latency_s) FROM responses GROUP BY evaluation_id").fetchall()
"""


def commands(n_runs: int) -> dict[str, list[str]]:
    """What is timed, by the name that is printed. A status of 1, drift's finding, is turned into 0."""
    last, middle = run_name(n_runs - 1), run_name(n_runs // 2)
    return {
        "drift": ["drift"],
        "drift --json": ["drift", "--json"],
        "drift --task": ["drift", "--task", "canary/task_0"],
        "runs": ["runs"],
        "runs --limit": ["runs", "--limit", str(n_runs)],
        "show": ["show", last],
        "compare": ["compare", middle, last],
        "report": ["report", last],
    }


def run(store: Path, words: list[str]) -> Usage:
    program = "import sys; from evalkit.cli.program import main; sys.exit(main(sys.argv[1:]) not in (0, 1))"
    arguments = [sys.executable, "-c", program, *words, "--store", str(store)]
    return measure(arguments, cwd=store.parent, env=compiling())


def floor(store: Path) -> Usage:
    return measure([sys.executable, "-c", FLOOR, str(store)], cwd=store.parent, env=compiling())


def print_row(name: str, usages: list[Usage], least: list[Usage]) -> None:
    wall_s, cpu_s, peak_mb = (
        statistics.median(getattr(usage, field) for usage in usages)
        for field in ("wall_s", "cpu_s", "peak_mb")
    )
    ratio = statistics.median(a.cpu_s / b.cpu_s for a, b in zip(usages, least, strict=True))
    print(f"{name:14} {wall_s:6.2f} s {cpu_s:6.2f} s CPU {peak_mb:6.0f} MB {ratio:6.2f} x floor", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "results.duckdb"
        # In a process of its own, so that this one stays small: a child's peak begins at its parent's size.
        build = [sys.executable, "-m", "tests.benchmarks.nightly_runs", str(store), str(options.runs)]
        measure(build, cwd=store.parent, env=environment())
        what = f"{options.runs:,} runs of {N_TASKS * N_METRICS} metrics"
        print(f"{what}, medians of {options.rounds} rounds (wanted: under 2 s)")
        rounds = range(options.rounds)
        least = [floor(store) for _ in rounds]
        print_row("floor", least, least)
        for name, words in commands(options.runs).items():
            print_row(name, [run(store, words) for _ in rounds], least)


if __name__ == "__main__":
    main()

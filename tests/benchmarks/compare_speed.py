"""How long a comparison of two runs of 100,000 samples takes, as a command and inside a session.

Started from the repository's root with ``python -m tests.benchmarks.compare_speed``. Both runs of each metric
are recorded once and folded into a store in a temporary folder. Then, metric by metric:

* command: ``evalkit compare``, the start of Python and the reading of the store included
* read: a process that fetches the columns of both sides with DuckDB and does nothing with them
* measure: the paired comparison alone, inside this process (what a regression gate costs)
* interval: the interval of one side's value (what every metric of a session costs)
* floor: a plain bootstrap of a paired mean in numpy, 2,000 resamples of as many samples, once

CPU seconds count all threads. The statistics of texts (``bleu``) are told apart: they are computed once for
each answer when it is scored, whatever is compared afterwards.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evalkit.comparisons.compare import measure
from evalkit.comparisons.estimate import estimate
from evalkit.comparisons.tables import statistics
from evalkit.metrics.open import open_metric
from evalkit.store.store import Store
from tests.benchmarks.overhead import compiling
from tests.benchmarks.paired_runs import SIDES, SUBJECTS
from tests.benchmarks.process import Usage
from tests.benchmarks.process import measure as run_measured
from tests.invocation import EVALKIT, environment

N_RESAMPLES = 2_000
#: What ``evalkit compare`` has no test for: gates of a session have.
NOT_COMPARED = ("latency_p95_s", "completion_tokens")
READ = """import sys, duckdb
store = duckdb.connect(sys.argv[1], read_only=True)
for side in sys.argv[2:]:
    for table in ("responses", "scores"):
        store.execute(f"SELECT * FROM {table} WHERE evaluation_id = ?", [side]).fetchnumpy()
"""


class Times(NamedTuple):
    wall_s: float
    cpu_s: float


def timed(work: Callable[[], object]) -> Times:
    """Seconds of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Times(time.perf_counter() - wall, time.process_time() - cpu)


def floor(n_samples: int) -> None:
    """2,000 resamples of a paired mean as numpy has them, one index for each draw."""
    rng = np.random.default_rng(0)
    differences = rng.random(n_samples) - rng.random(n_samples)
    for _ in range(N_RESAMPLES):
        differences[rng.integers(0, n_samples, n_samples)].mean()


def command(store: Path, metric: str) -> Usage:
    names = [f"{metric}-{side}" for side in SIDES]
    arguments = [*EVALKIT, "compare", *names, "--store", str(store), "--json"]
    return run_measured(arguments, cwd=store.parent, env=compiling())


def read(store: Path, metric: str) -> Usage:
    ids = [f"{metric}-{side}-1" for side in SIDES]
    arguments = [sys.executable, "-c", READ, str(store), *ids]
    return run_measured(arguments, cwd=store.parent, env=compiling())


def print_row(name: str, what: str, took: Times | Usage, over: Times | Usage, of: str) -> None:
    peak = f"{took.peak_mb:7.0f} MB" if isinstance(took, Usage) else 10 * " "
    ratio = took.cpu_s / over.cpu_s
    print(
        f"{name:18} {what:9} {took.wall_s:7.2f} s {took.cpu_s:7.2f} s CPU {peak}  {ratio:6.2f} x {of}",
        flush=True,
    )


def compare(store: Path, metric: str, least: Times) -> None:
    """Print what the comparison of one metric takes inside a process that has read both sides."""
    opened = open_metric(SUBJECTS[metric].metric)
    with Store.open(store) as results:
        sides = [results.observations(f"{metric}-{side}-1") for side in SIDES]
    if getattr(opened, "reads_texts", False):
        texts = timed(lambda: [statistics(opened, side) for side in sides])
        print_row(metric, "texts", texts, least, "floor")
    print_row(metric, "measure", timed(partial(measure, opened, metric, *sides)), least, "floor")
    print_row(metric, "interval", timed(partial(estimate, opened, metric, sides[1])), least, "floor")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--metrics", nargs="*", default=list(SUBJECTS), choices=SUBJECTS, metavar="NAME")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "results.duckdb"
        # In a process of its own, so that this one stays small: a child's peak begins at its parent's size.
        build = [sys.executable, "-m", "tests.benchmarks.paired_runs", str(store), str(options.samples)]
        run_measured([*build, *options.metrics], cwd=store.parent, env=environment())
        least = timed(partial(floor, options.samples))
        print(f"{options.samples:,} samples on either side, {N_RESAMPLES:,} resamples (wanted: under 2 s)")
        print(f"{'floor':28} {least.wall_s:7.2f} s {least.cpu_s:7.2f} s CPU", flush=True)
        for metric in options.metrics:
            if metric not in NOT_COMPARED:
                print_row(metric, "command", command(store, metric), read(store, metric), "read")
        for metric in options.metrics:
            compare(store, metric, least)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(f"peak memory of this process, one metric after another: {peak_mb:.0f} MB")


if __name__ == "__main__":
    main()

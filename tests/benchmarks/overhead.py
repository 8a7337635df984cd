"""What evalkit adds to the calls themselves: whole processes, run in turns, medians and ratios printed.

* floor: a bare aiohttp loop over the same calls
* cold: ``pytest bench_suite --llm-model=…``, store and cache empty, everything stored, a report written
* warm: the same command again, answered by the cache
* one: a task of one sample whose model answers at once, beside bare pytest over an empty test: the start-up

Started from the repository's root with ``python -m tests.benchmarks.overhead``. Ratios are taken within each
round, so that a machine that slows down between rounds does not move them. Other pytest plugins that are
installed here (hypothesis alone takes half a second to load) are left out: users of evalkit do not get them
with it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.bench_suite import write_suite
from tests.benchmarks.process import Usage, measure
from tests.invocation import EVALKIT, environment

HERE = Path(__file__).resolve().parent
#: The smallest evaluation that there is, and the smallest test.
ONE = {
    "app.py": "def answer(text):\n    return text.upper()\n",
    "cases.jsonl": '{"id": "a", "input": "x", "target": "X"}\n',
    "case.eval.yaml": (
        "task: one\ndataset: {file: cases.jsonl}\ninput: '{{ input }}'\ntarget: '{{ target }}'\n"
        "prompt: '{{ input }}'\nmetrics: [accuracy]\ngates: ['accuracy >= 0.5']\n"
    ),
    "test_empty.py": "def test_nothing():\n    pass\n",
}


@contextmanager
def chat_server() -> Iterator[str]:
    """The base URL of a running bench server, which ends with the block."""
    command = [sys.executable, str(HERE / "server.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()


class Bench:
    """One base URL and one concurrency; every run is a process in a folder of its own.

    Args:
        spec: the model, ``{base_url}`` for the server's address.
    """

    def __init__(
        self, base_url: str, concurrency: int, folder: Path, spec: str = "openai/bench?base_url={base_url}"
    ) -> None:
        self.base_url = base_url
        self.spec = spec.replace("{base_url}", base_url)
        self.concurrency = concurrency
        self.folder = folder

    def floor(self, n_samples: int) -> Usage:
        command = [
            sys.executable,
            str(HERE / "floor.py"),
            self.base_url,
            str(n_samples),
            str(self.concurrency),
        ]
        return measure(command, cwd=self.folder, env=compiling())

    def evaluate(self, home: Path, task: Path) -> Usage:
        """pytest over ``task``, with store, cache and report in ``home``."""
        command = [
            *(sys.executable, "-m", "pytest", "-p", "evalkit.pytest_plugin", "-q"),
            str(task),
            f"--llm-model={self.spec}",
            f"--llm-concurrency={self.concurrency}",
            f"--llm-store={home / 'results.duckdb'}",
            f"--llm-report={home / 'report.html'}",
        ]
        env = compiling(
            HOME=str(home),
            XDG_CACHE_HOME=str(home / "cache"),
            OPENAI_API_KEY="none",
            PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
        )
        return measure(command, cwd=home, env=env)

    def one(self, round_: str) -> tuple[Usage, Usage]:
        """Bare pytest over an empty test, and one sample of a model that answers at once."""
        home = self.folder / f"one-{round_}"
        home.mkdir()
        for name, text in ONE.items():
            (home / name).write_text(text, encoding="utf-8")
        env = compiling(
            HOME=str(home), XDG_CACHE_HOME=str(home / "cache"), PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"
        )
        bare = [sys.executable, "-m", "pytest", "-q", "test_empty.py"]
        asked = [*(sys.executable, "-m", "pytest", "-p", "evalkit.pytest_plugin", "-q"), "case.eval.yaml"]
        model = "--llm-model=python:app:answer"
        return measure(bare, cwd=home, env=env), measure([*asked, model], cwd=home, env=env)

    def cold_and_warm(self, round_: str, n_samples: int) -> tuple[Usage, Usage]:
        home = self.folder / round_
        task = write_suite(home / "bench_suite", n_samples)
        cold = self.evaluate(home, task)
        require_rows(home, n_samples)
        warm = self.evaluate(home, task)
        require_rows(home, 2 * n_samples)
        return cold, warm


def compiling(**changes: str) -> dict[str, str]:
    """An environment in which Python keeps compiled modules, as it does for whatever pip has installed."""
    env = environment(**changes)
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env


def require_rows(home: Path, n_expected: int) -> None:
    """Raises SystemExit unless the store holds that many responses, all of them scored."""
    query = "SELECT (SELECT count(*) FROM responses) AS responses, (SELECT count(*) FROM scores) AS scores"
    command = [*EVALKIT, "sql", query, "--json", "--store", str(home / "results.duckdb")]
    text = subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment(), cwd=home
    ).stdout
    if json.loads(text) != [{"responses": n_expected, "scores": n_expected}]:
        raise SystemExit(f"overhead: expected {n_expected} responses and scores, the store holds {text}")


def print_times(rows: dict[str, list[Usage]], n_samples: int) -> None:
    print(f"{'':8}{'wall s':>8}{'CPU s':>8}{'CPU µs/sample':>15}{'peak MB':>9}")
    for name, usages in rows.items():
        wall_s, cpu_s, peak_mb = (
            statistics.median(getattr(usage, field) for usage in usages)
            for field in ("wall_s", "cpu_s", "peak_mb")
        )
        print(f"{name:8}{wall_s:8.2f}{cpu_s:8.2f}{cpu_s / n_samples * 1e6:15.0f}{peak_mb:9.0f}")


def print_ratio(name: str, over: list[Usage], under: list[Usage], wanted: str) -> None:
    """Medians over rounds; the ratio of CPU times is the steadier one on a machine that others use, too."""
    pairs = list(zip(over, under, strict=True))
    wall = statistics.median(a.wall_s / b.wall_s for a, b in pairs)
    cpu = statistics.median(a.cpu_s / b.cpu_s for a, b in pairs)
    print(f"{name:20} {wall:.2f} by wall time, {cpu:.2f} by CPU time  (wanted: {wanted})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--memory-samples", type=int, default=100_000, help="0 leaves the memory run out")
    options = parser.parse_args()
    with chat_server() as base_url, tempfile.TemporaryDirectory() as folder:
        bench = Bench(base_url, options.concurrency, Path(folder))
        rows: dict[str, list[Usage]] = {"floor": [], "cold": [], "warm": []}
        small: dict[str, list[Usage]] = {"bare": [], "one": []}
        for round_ in range(options.rounds):
            rows["floor"].append(bench.floor(options.samples))
            cold, warm = bench.cold_and_warm(f"round-{round_}", options.samples)
            rows["cold"].append(cold)
            rows["warm"].append(warm)
            bare, one = bench.one(str(round_))
            small["bare"].append(bare)
            small["one"].append(one)
        print(
            f"{options.samples} samples, {options.concurrency} in flight, medians of {options.rounds} rounds"
        )
        print_times(rows, options.samples)
        print_ratio("cold / floor", rows["cold"], rows["floor"], "at most 2")
        print_ratio("warm / cold", rows["warm"], rows["cold"], "at most 0.5")
        print_ratio("warm / floor", rows["warm"], rows["floor"], "at most 1.25")
        print("\none sample, and bare pytest over an empty test")
        print_times(small, 1)
        print_ratio("one / bare", small["one"], small["bare"], "under 2.5")
        if options.memory_samples:
            home = Path(folder) / "memory"
            usage = bench.evaluate(home, write_suite(home / "bench_suite", options.memory_samples))
            print(
                f"peak memory, {options.memory_samples} samples  {usage.peak_mb:.0f} MB  (wanted: under 600)"
            )


if __name__ == "__main__":
    main()

"""What each provider over HTTP adds to a bare aiohttp loop of the same calls, everything stored.

For each: ``pytest bench_suite --llm-model=…`` with an empty store and cache, and a report, beside the floor
of ``overhead``, in turns on the same server, which answers in the vendor's form. Medians of ratios are
printed.

Started from the repository's root with ``python -m tests.benchmarks.providers_speed``.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.bench_suite import write_suite
from tests.benchmarks.overhead import Bench, chat_server, print_ratio, print_times, require_rows
from tests.benchmarks.process import Usage

#: Name -> the spec that asks the bench server.
SPECS: Mapping[str, str] = {
    "openai": "openai/bench?base_url={base_url}",
    "responses": "openai/bench?base_url={base_url}&api=responses",
    "azure": "azure/bench?base_url={base_url}",
    "anthropic": "anthropic/claude-sonnet-4-6?base_url={base_url}",
    "gemini": "gemini/gemini-2.5-flash?base_url={base_url}",
    "mistral": "mistral/bench?base_url={base_url}",
    "hf_inference": "hf_inference/org/bench?base_url={base_url}",
    "ollama": "ollama/bench?base_url={base_url}&revision=bench",
    "bedrock": "bedrock/bench?base_url={base_url}&region=us-east-1",
    "sagemaker": "sagemaker/bench?base_url={base_url}&region=us-east-1",
}


#: Any will do to sign with.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret-of-nobody"}


def cold(bench: Bench, home: Path, n_samples: int) -> Usage:
    """One evaluation. Raises SystemExit where a response or a score is missing."""
    usage = bench.evaluate(home, write_suite(home / "bench_suite", n_samples))
    require_rows(home, n_samples)
    return usage


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("providers", nargs="*", default=[*SPECS], metavar="PROVIDER")
    options = parser.parse_args()
    os.environ.update(CREDENTIALS)
    floors: list[Usage] = []
    rows: dict[str, list[Usage]] = {name: [] for name in options.providers}
    with chat_server() as base_url, tempfile.TemporaryDirectory() as folder:
        for round_ in range(options.rounds):
            bench = Bench(base_url, options.concurrency, Path(folder))
            floors.append(bench.floor(options.samples))
            for name, usages in rows.items():
                bench = Bench(base_url, options.concurrency, Path(folder), SPECS[name])
                usages.append(cold(bench, Path(folder) / f"{name}-{round_}", options.samples))
    print(f"{options.samples} samples, {options.concurrency} in flight, medians of {options.rounds} rounds")
    print_times({"floor": floors, **rows}, options.samples)
    for name, usages in rows.items():
        print_ratio(f"{name} / floor", usages, floors, "at most 2")


if __name__ == "__main__":
    main()

"""Reports of recorded outputs of real models, to be looked at: ``make real-reports``.

    python -m tests.benchmarks.real_reports --out DIR [--samples N] [NAME…]

``primes``: GPT-4 of March and June 2023; ``primes35``: GPT-3.5 of the same; ``alpaca``: two versions of
GPT-3.5 on AlpacaEval's instructions; ``xsum``: three summarisers; ``coco``: captions of a person and of a
model; ``bbh``: four tasks of BIG-Bench Hard step by step and directly; ``bfcl``: an agent behind two versions
of its server, with its trajectories; ``twelve``: twelve Subjects; ``nights``: sixty nightly runs with a drop.
Each becomes ``DIR/NAME.html``. What is needed for it (replay files, stores) lies in ``DIR/work``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from evalkit.report.write import write_report
from evalkit.session.stored.source import StoredSource
from evalkit.store.store import Store
from tests.data.nights import CHANGE, N_NIGHTS, run_name, write_nights
from tests.data.recorded import write

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class RealReport:
    """One session over replay files.

    Attributes:
        sets: of ``tests.data.recorded``; the task files of all of them are asked.
        models: replay files of the first set, the baseline first.
        suite: a task file that ships, read through the set's mirror.
        has_baseline: whether the others are compared with the first.
        n_samples: of the dataset of the first set; None for all.
    """

    sets: tuple[str, ...]
    models: tuple[str, ...]
    suite: str | None = None
    has_baseline: bool = True
    n_samples: int | None = None


REPORTS = {
    "primes": RealReport(("primes",), ("gpt-4-0314", "gpt-4-0613")),
    "primes35": RealReport(("primes",), ("gpt-3.5-turbo-0301", "gpt-3.5-turbo-0613")),
    "alpaca": RealReport(("alpaca", "alpaca_texts"), ("gpt-3.5-turbo-0301", "gpt-3.5-turbo-1106")),
    "xsum": RealReport(
        ("xsum",), ("lead", "ptgen", "convs2s"), "suites/summarization/xsum.eval.yaml", n_samples=600
    ),
    "coco": RealReport(("coco",), ("person", "model")),
    "bbh": RealReport(("bbh",), ("cot", "direct")),
    "bfcl": RealReport(("bfcl",), ("vllm-0.11.0", "vllm-main")),
    "twelve": RealReport(
        ("twelve",),
        (
            "4-mar", "4-jun", "35-mar", "35-jun",
            "both-4-mar-35-mar", "both-4-mar-35-jun", "both-4-jun-35-mar", "both-4-jun-35-jun",
            "vote-without-4-mar", "vote-without-4-jun", "vote-without-35-mar", "vote-without-35-jun",
        ),
        has_baseline=False,
        n_samples=400,
    ),
}  # fmt: skip
NAMES = (*REPORTS, "nights")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", metavar="NAME", nargs="*", help=", ".join(NAMES))
    parser.add_argument("--data", default=os.environ.get("EVALKIT_SHARED_DATA", "../shared/data"))
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--samples", type=int, metavar="N", help="at most N of each task")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(NAMES)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    for name in arguments.names or NAMES:
        started = time.perf_counter()
        path = make(name, Path(arguments.data), arguments.out.resolve(), arguments.samples)
        took = time.perf_counter() - started
        print(f"{path} ({path.stat().st_size / 1e6:.1f} MB, {took:.0f} s)", flush=True)
    return 0


def make(name: str, data: Path, out: Path, n_samples: int | None = None) -> Path:
    """Write one report, and what it needs; returns its file."""
    path, work = out / f"{name}.html", out / "work"
    if name == "nights":
        return _nights(path, data, work)
    which = REPORTS[name]
    folders = [write(each, data, work) for each in which.sets]
    if which.n_samples is not None:
        _cut(folders[0], which.n_samples)
    _session(which, folders, path, n_samples)
    return path


def _cut(folder: Path, n_samples: int) -> None:
    """Leave that many of the dataset and of the replay files, which stand in one order: one of every few."""
    for path in folder.glob("*.jsonl"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(lines[:: len(lines) // n_samples][:n_samples]), encoding="utf-8")


def _nights(path: Path, data: Path, work: Path) -> Path:
    """The last night against the last one before the change."""
    store = work / "nights.duckdb"
    store.unlink(missing_ok=True)
    store.parent.mkdir(parents=True, exist_ok=True)
    write_nights(store, data)
    with Store.open(store, mode="read") as opened:
        source, last, before = StoredSource(opened), run_name(N_NIGHTS - 1), run_name(CHANGE - 1)
        return write_report(source, last, path, baseline_run_id=before)


def _session(which: RealReport, folders: list[Path], path: Path, n_samples: int | None) -> None:
    """In the folder of the replay files: pages show the name of a file as it was given."""
    folder = folders[0]
    if which.suite:
        tasks = [str(ROOT / which.suite), f"--llm-data={folder}"]
    else:
        tasks = [str(each / f"{name}.eval.yaml") for name, each in zip(which.sets, folders, strict=True)]
    models = [f"replay:{each}.jsonl" for each in which.models]
    store = folder.parent / f"{path.stem}.duckdb"
    for old in (store, path):
        old.unlink(missing_ok=True)
    command = [
        sys.executable, "-m", "pytest", "-q", *tasks, *(f"--llm-model={model}" for model in models),
        *([f"--llm-baseline=subject:{models[0]}"] if which.has_baseline else []),
        *([f"--llm-limit={n_samples}"] if n_samples else []), f"--llm-store={store}",
        f"--llm-report={path}", "--llm-cache=off", "-p", "no:cacheprovider",
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    if done.returncode > 1 or not path.exists():
        raise SystemExit(done.stdout + done.stderr)


if __name__ == "__main__":
    sys.exit(main())

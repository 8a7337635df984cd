"""The committed files of other tools, and a store to carry them into."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evalkit.imports.formats import read_runs
from evalkit.imports.imported import ImportedRun
from evalkit.imports.storing import Stored, store_runs
from evalkit.store.store import Store

FILES = Path(__file__).parents[2] / "data/imports"


def read(name: str, path: Path) -> ImportedRun:
    """The one run of a file."""
    ((_, run),) = read_runs(name, path)
    return run


def store(folder: Path, *found: tuple[str, Path]) -> tuple[Path, list[Stored]]:
    """A new store with what was found in files."""
    path = folder / "results.duckdb"
    return path, store_runs(path, [pair for name, file in found for pair in read_runs(name, file)])


def metrics(path: Path, run_id: str) -> dict[tuple[str, str], Any]:
    """Of each task and metric the Estimate."""
    with Store.open(path) as opened:
        return {
            (evaluation.task, estimate.metric): estimate
            for evaluation in opened.evaluations(run_id)
            for estimate in opened.estimates(evaluation.evaluation_id)
        }

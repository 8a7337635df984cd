"""Pairs of which only numbers with standard errors exist: imported as lm-eval's results, then compared."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.cli import main

PYTHIA = "pythia_lm_eval_results"
_FEW = ("arc_easy", "lambada_openai", "winogrande", "wsc")
_BOARDS = {
    "alpaca_eval_1": "data_AlpacaEval/alpaca_eval_gpt4_leaderboard.csv",
    "alpaca_eval_2": "data_AlpacaEval_2/weighted_alpaca_eval_gpt4_turbo_leaderboard.csv",
}


@dataclass(frozen=True)
class NumberPair:
    """Two results files of lm-evaluation-harness, or of its schema."""

    name: str
    baseline: Path
    candidate: Path


def pythia_pairs(data: Path) -> Iterator[NumberPair]:
    """Pythia before and after its second training, two sizes, 0 and 5 examples.

    Of the earlier models the checkpoint that had seen as many tokens as the later ones at their end.
    """
    for size in ("410m", "1.4b"):
        for shots in ("zero-shot", "five-shot"):
            files = [
                next((data / PYTHIA / f"pythia-{version}/pythia-{size}/{shots}").glob("*.json"))
                for version in ("v0", "v1")
            ]
            yield NumberPair(f"pythia-{size} {shots}, v0 -> v1", *files)


def alpaca_pairs(data: Path, out: Path) -> Iterator[NumberPair]:
    """The win rates and standard errors of AlpacaEval's leaderboards, of both versions of two models."""
    for one, other in (("gpt4_0314", "gpt4_0613"), ("gpt-3.5-turbo-0301", "gpt-3.5-turbo-1106")):
        files = [_published(data, out, each) for each in (one, other)]
        yield NumberPair(f"alpaca_eval {one} -> {other}", *files)


def compared(pair: NumberPair, store: Path) -> list[Mapping[str, Any]]:
    """The comparisons of ``evalkit compare --json``, one for each metric that both files have."""
    runs = [
        _answer("import", "lm-eval", str(path), f"--store={store}")[0]["run_id"]
        for path in (pair.baseline, pair.candidate)
    ]
    found: list[Mapping[str, Any]] = _answer("compare", *runs, f"--store={store}")["comparisons"]
    return found


def _published(data: Path, out: Path, model: str) -> Path:
    results = {}
    for task, board in _BOARDS.items():
        with (data / "alpaca_eval/leaderboards" / board).open(encoding="utf-8", newline="") as stream:
            row = next(row for row in csv.DictReader(stream) if row[""] == model)
        share, error = float(row["win_rate"]) / 100, float(row["standard_error"]) / 100
        results[task] = {"win_rate": share, "win_rate_stderr": error}
    path = out / f"{model}.json"
    document = {"results": results, "versions": dict.fromkeys(results, 1), "config": {"model": model}}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def _answer(*command: str) -> Any:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        main([*command, "--json"])
    return json.loads(said.getvalue())


def few(pair: NumberPair, out: Path) -> NumberPair:
    """The same files with four of their tasks: a store is asked for each by itself."""
    files = []
    for version, path in (("v0", pair.baseline), ("v1", pair.candidate)):
        document = json.loads(path.read_text(encoding="utf-8"))
        for key in ("results", "versions"):
            document[key] = {task: document[key][task] for task in _FEW}
        files.append(out / f"{version}.json")
        files[-1].write_text(json.dumps(document), encoding="utf-8")
    return NumberPair(pair.name, *files)

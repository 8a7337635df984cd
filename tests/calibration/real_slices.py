"""Gates of slices, and the scan that nobody asked for, over recorded outputs of real systems.

    python -m tests.calibration.real_slices [--only PAIR …]

One row for each slice of each pair: samples, values, won and lost, the verdict with alpha shared over the
slices, its p-value by itself and adjusted, and what the scan finds, with its q-value. Each pair is a session
over two replay files with one gate ``by`` its slices, and a comparison of the two sides as stored. ``bfcl``
comes twice: its one slice that moved has p = 0.013 by itself, which of six at an alpha of 0.05 proves nothing
(0.013 > 0.05 / 6), and at 0.1 does. ``mmlu`` has no recorded answers: the embedded model is asked the first
questions of each subject, announced as one and as they stand, and ranks the texts of the choices.
"""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import evalkit
from evalkit.core.verdict import Verdict
from evalkit.stats.multiplicity import holm
from evalkit.store.store import Store
from tests.data.sliced import PAIRS, SlicedPair

_HEAD = (
    f"{'slice':<28} {'n':>6} {'before':>7} {'after':>7} {'won/lost':>9} {'p alone':>8} {'p shared':>8}  "
    f"{'gate':<10} {'moved':<8} {'q':>7}  scan"
)


_MMLU_PROMPTS = {
    "question": "Question: {{ question }}\nAnswer:",
    "bare": "{{ question }}",
}


@dataclass(frozen=True)
class SliceRow:
    """One slice: its gate's verdict, and what the scan says.

    Attributes:
        p_shared: the p-value in the direction that was seen, adjusted over all slices (Holm).
    """

    value: str
    verdict: Verdict
    scanned: dict[str, Any] | None
    p_shared: float = 1.0

    @property
    def moved(self) -> str:
        """What the gate says of the difference itself."""
        found = self.verdict.comparison
        if found is None:
            return "unseen" if self.verdict.is_unseen else "-"
        return "better" if found.is_better else "worse" if found.is_worse else "-"

    @property
    def p_alone(self) -> float:
        """One-sided, in the direction that was seen."""
        scan = self.scanned or {"p_worse": 1.0, "p_better": 1.0}
        return float(min(scan["p_worse"], scan["p_better"]))

    def __str__(self) -> str:
        found, scan = self.verdict.comparison, self.scanned
        q = f"{scan['q']:>7.4f}  {scan['finding']}" if scan is not None else f"{'-':>7}  unseen"
        numbers = f"{'':>6} {'':>7} {'':>7} {'':>9} {'':>8} {'':>8}"
        if found is not None:
            numbers = (
                f"{found.n:>6,} {found.baseline:>7.3f} {found.candidate:>7.3f} "
                f"{f'{found.n_wins}/{found.n_losses}':>9} {self.p_alone:>8.4f} {self.p_shared:>8.4f}"
            )
        return f"{self.value:<28} {numbers}  {self.verdict.word:<10} {self.moved:<8} {q}"


def slice_rows(pair: SlicedPair, data: Path, folder: Path, alpha: float = 0.05) -> list[SliceRow]:
    """A session over both recordings, and its stored sides compared."""
    seen = pair.read(data)
    store = folder / f"{pair.name}-{alpha}.duckdb"
    models = pair.replays(seen, folder)
    baseline, candidate = models.values()
    results = evalkit.evaluate(
        pair.task(seen, alpha),
        list(models.values()),
        baseline=f"subject:{baseline}",
        store=store,
        progress=False,
        cache="off",
    )
    return _rows(store, results.run_id, baseline, candidate)


def _rows(store: Path, run: str, baseline: str, candidate: str) -> list[SliceRow]:
    """One for each slice of a run's two sides."""
    scanned = {
        row["value"]: row
        for row in evalkit.compare(f"{run}::{baseline}", f"{run}::{candidate}", store=store).slices
    }
    with Store.open(store, mode="read") as opened:
        (after,) = (each for each in opened.evaluations(run) if each.subject.label == candidate)
        verdicts = opened.verdicts(after.evaluation_id)
    values = [each.gate.rpartition("=")[2].removesuffix("]") for each in verdicts]
    rows = [SliceRow(value, each, scanned.get(value)) for value, each in zip(values, verdicts, strict=True)]
    adjusted = {
        side: holm([(each.scanned or {}).get(side, 1.0) for each in rows]) for side in ("p_worse", "p_better")
    }
    return [
        replace(each, p_shared=float(min(side[place] for side in adjusted.values())))
        for place, each in enumerate(rows)
    ]


def mmlu_rows(data: Path, folder: Path, n: int) -> list[SliceRow]:
    """``local/smollm2`` on the first ``n`` questions of each of seven subjects, without those of which two
    choices are the same."""
    samples = [
        {"id": f"{file.stem}/{number}", "subject": file.stem.removesuffix("_test"), "question": question,
         "options": options, "target": options["ABCD".index(answer)]}
        for file in sorted((data / "mmlu/test").glob("*.csv"))
        for number, (question, *options, answer) in enumerate(islice(csv.reader(file.open(newline="")), n))
        if len(set(options)) == len(options)
    ]  # fmt: skip
    for name, text in _MMLU_PROMPTS.items():
        (folder / f"{name}.jinja").write_text(text, encoding="utf-8")
    task = evalkit.Task(
        task="mmlu",
        samples=samples,
        choices="{{ options }}",
        scoring="loglikelihood",
        input="{{ question }}",
        prompt="{{ question }}",
        gates=[{"regression": {"metric": "accuracy", "by": "subject"}}],
    )
    prompts = {name: folder / f"{name}.jinja" for name in _MMLU_PROMPTS}
    baseline, candidate = (f"local/smollm2#{name}" for name in _MMLU_PROMPTS)
    store = folder / "mmlu.duckdb"
    results = evalkit.evaluate(
        task,
        ["local/smollm2"],
        prompts=prompts,
        baseline=f"subject:{baseline}",
        store=store,
        progress=False,
        cache="off",
    )
    return _rows(store, results.run_id, baseline, candidate)


def main() -> None:
    names = [*(each.name for each in PAIRS), "mmlu"]
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", default=os.environ.get("EVALKIT_SHARED_DATA", "../shared/data"))
    parser.add_argument("--only", nargs="+", choices=names, metavar="PAIR")
    parser.add_argument("--mmlu", type=int, default=40, metavar="N", help="questions of a subject (40)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for pair in PAIRS:
            if arguments.only and pair.name not in arguments.only:
                continue
            for alpha in (0.05, 0.1) if pair.name == "bfcl" else (0.05,):
                print(f"\n{pair.name}: {' -> '.join(pair.names)}, by {pair.by}, alpha {alpha:g}\n\n{_HEAD}")
                for row in slice_rows(pair, Path(arguments.data), Path(folder), alpha):
                    print(row, flush=True)
        if not arguments.only or "mmlu" in arguments.only:
            print(f"\nmmlu: {' -> '.join(_MMLU_PROMPTS)}, by subject, local/smollm2\n\n{_HEAD}")
            for row in mmlu_rows(Path(arguments.data), Path(folder), arguments.mmlu):
                print(row)


if __name__ == "__main__":
    main()

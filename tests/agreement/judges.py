"""Recorded judgements of ``suites/judges``, ours beside published: ``python -m tests.agreement.judges``.

Judges are replayed through sessions of the tasks that ship. What people said of each other goes through
``evalkit.stats.agreement``. Where published figures stand is said with each part. MT-Bench's pairs,
HaluEval and BEGIN come without a judge's record here, so nothing of theirs can be reproduced.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import evalkit
from evalkit.stats.agreement import alpha_agreement, pair_agreement
from evalkit.stats.chance_corrected import Measured
from evalkit.stats.disagreement import Level
from evalkit.stats.intervals import clustered_error, t_interval
from evalkit.stats.ratings import coded
from evalkit.tasks.taskfile import load_task_file
from tests.data import judgements

ROOT = Path(__file__).resolve().parents[2]
SUITE = ROOT / "suites/judges"


class Line(NamedTuple):
    """``published`` is None where nobody printed the figure; ``places`` are those that it is printed to.

    ``is_other_run``: the figure is of another run of the same judge, so that it is near at best.
    """

    what: str
    ours: Measured
    published: float | None = None
    places: int = 3
    note: str = ""
    is_other_run: bool = False

    @property
    def is_met(self) -> bool:
        """To the last printed place; inside our interval, where it is of another run."""
        if self.published is None:
            return True
        value, low, high = self.ours
        if self.is_other_run:
            return low is not None and high is not None and low <= self.published <= high
        return value is not None and abs(value - self.published) <= 0.5 * 10.0**-self.places + 1e-9

    def text(self) -> str:
        value, low, high = self.ours
        shown = "      –" if value is None else f"{value:7.3f}"
        interval = "" if low is None or high is None else f"[{low:.3f}, {high:.3f}]"
        stated = "" if self.published is None else f"{self.published:.{min(3, self.places)}f}"
        mark = "" if self.published is None else "!" if not self.is_met else "~" if self.is_other_run else "="
        return f"{self.what:<58} {shown}  {interval:<16} {stated:>7} {mark:<2} {self.note}".rstrip()


def task_of(name: str) -> evalkit.Task:
    """The task of the suite whose judge writes its verdict."""
    (found,) = (t for t in load_task_file(SUITE / f"{name}.eval.yaml") if t.task == f"judges/{name}")
    return found


def replayed(name: str, rows: judgements.Rows, folder: Path) -> dict[str, Measured]:
    """What a session of the task says of a judge: metric to value and interval."""
    path = judgements.write(rows, folder / f"{name}.jsonl")
    results = evalkit.evaluate(
        [task_of(name)],
        models={"judge": f"replay:{path}"},
        store=folder / "judges.duckdb",
        data=str(SUITE / "mirror.yaml"),
        progress=False,
    )
    columns = ("metric", "value", "ci_low", "ci_high")
    rows_of: Any = results.metrics.to_arrow().select(columns).to_pylist()
    return {row["metric"]: Measured(*(row[column] for column in columns[1:])) for row in rows_of}


#: Metric of the task -> LLMBar's own name; group_em is right in both orders.
_LLMBAR = {
    "accuracy": "correct_average",
    "accuracy[order=ab]": "correct_False",
    "accuracy[order=ba]": "correct_True",
    "group_em": "correct_both",
    "position_consistency": "equal",
}


def llmbar(data: Path, folder: Path) -> Iterator[Line]:
    for task in judgements.LLMBAR_PARTS:
        for judge in judgements.LLMBAR_JUDGES:
            rows = judgements.llmbar(data, task, judge)
            found = replayed(task, rows, folder)
            stated = judgements.llmbar_stated(data, task, judge)
            for metric, name in _LLMBAR.items():
                yield Line(f"{task} {judge} {metric}", found[metric], stated[name], 6)
            kappa = pair_agreement(*judgements.llmbar_winners(data, task, judge)).kappa
            yield Line(f"{task} {judge} kappa of its two orders", kappa, stated["kappa_agreement"], 6)
            note = f"theirs {stated['kappa_average']:.3f}: compares labels 1, 2 with verdicts coded 1, 0"
            yield Line(f"{task} {judge} cohen_kappa", found["cohen_kappa"], note=note)


def faireval(data: Path, folder: Path) -> Iterator[Line]:
    """Wang et al. 2023, arXiv 2305.17926, GPT-4 "vanilla": their own run, ours is the record of Vicuna's."""
    found = replayed("faireval", judgements.faireval(data), folder)
    for metric, stated in (("accuracy", 0.527), ("cohen_kappa", 0.24)):
        yield Line(
            f"faireval gpt-4, one order, {metric}",
            found[metric],
            stated,
            note="another run",
            is_other_run=True,
        )


def xstest(data: Path, folder: Path) -> Iterator[Line]:
    """Of 450 completions: evaluation/analysis.ipynb of paul-rottger/exaggerated-safety."""
    people = pair_agreement(*judgements.xstest_people(data))
    yield Line("xstest two annotators, agreement", people.agreement, 0.984)
    # Fleiss' kappa of two raters is alpha but for (1 - value) / 2n.
    yield Line("xstest two annotators, alpha (theirs Fleiss' kappa)", people.alpha, 0.97, 2)
    for judge in judgements.XSTEST_JUDGES:
        found = replayed("xstest", judgements.xstest(data, judge), folder)
        for metric in ("accuracy", "cohen_kappa", "krippendorff_alpha"):
            yield Line(f"xstest {judge} against people, {metric}", found[metric])


#: Maynez et al. 2020, ACL, table 3: Spearman's correlation with people, absolute.
XSUM = {
    "R1": (0.197, 0.125),
    "R2": (0.162, 0.095),
    "RL": (0.162, 0.113),
    "BERTScore": (0.190, 0.116),
    "Entailment": (0.431, 0.264),
}


def xsum(data: Path, folder: Path) -> Iterator[Line]:
    for judge, stated in XSUM.items():
        for people, value in zip(("Faithful", "Factual"), stated, strict=True):
            ours = Measured(spearman(*judgements.xsum_measures(data, judge, people)))
            yield Line(f"xsum {judge} against people, Spearman, {people}", ours, value)
    level: Level = "nominal"
    yield Line(
        "xsum three raters, factual, alpha", alpha_agreement(coded(judgements.xsum_raters(data)), level)
    )


def spearman(x: Sequence[float], y: Sequence[float]) -> float:
    """By evalkit's metric of that name."""
    from tests.unit.metrics.observing import answered, value_of

    return value_of("spearman", answered(list(y), [repr(each) for each in x], scorer="numeric"))


#: alpaca_eval_gpt4_leaderboard.csv: win rate against text-davinci-003.
ALPACA = {"gpt-3.5-turbo-0301": 0.8937, "gpt-3.5-turbo-1106": 0.8626}


def alpaca(data: Path, folder: Path) -> Iterator[Line]:
    import numpy as np

    for model, stated in ALPACA.items():
        values = np.array(judgements.alpaca(data, model))
        interval = t_interval(float(values.mean()), *clustered_error(values, np.arange(len(values))))
        yield Line(
            f"alpaca_eval {model} preferred by gpt-4", Measured(float(values.mean()), *interval), stated, 4
        )


PARTS: dict[str, Callable[[Path, Path], Iterator[Line]]] = {
    "llmbar": llmbar,
    "faireval": faireval,
    "xstest": xstest,
    "xsum": xsum,
    "alpaca": alpaca,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Status 1 where a published figure of the same record is not met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} (default all)")
    parser.add_argument("--data", type=Path, default=os.environ.get("EVALKIT_SHARED_DATA", "../shared/data"))
    options = parser.parse_args(arguments)
    os.environ["JUDGE_DATA"] = str(options.data.resolve())
    print(f"{'judge, measure':<58} {'ours':>7}  {'95 % interval':<16} published (= equal, ~ near, ! neither)")
    is_met = True
    for part in options.parts or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            for line in PARTS[part](options.data, Path(folder)):
                print(line.text(), flush=True)
                is_met &= line.is_met
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())

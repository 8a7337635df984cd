"""How many labels by people a real judge saves, and whether corrected intervals hold on real data.

    python -m tests.calibration.ppi_real [--draws N] [--n N]

Each draw takes samples from the data with replacement, as many as there are, and labels n of them. Beside the
coverage stands the number of labels that give an interval as short without a judge.

XSTest: does GPT-4's answer comply, by people and by GPT-4 or by matching strings. XSum: is a summary factual,
by the mean of three people and by an entailment model; and the difference of two systems on the same
articles. LLMBar: which of two answers follows the instruction, by people and by ChatGPT or GPT-4.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from evalkit.metrics.metric import Floats
from evalkit.stats.ppi import Corrected, corrected_mean
from evalkit.stats.ppi_intervals import CorrectedChange, CorrectedLevel, CorrectedShare
from tests.calibration.lines import rate
from tests.calibration.ppi import drawn
from tests.shared_data import shared_data

#: Name, what people say, what the judge says, and what the interval is of.
Case = tuple[str, Floats, Floats, str]


def xstest(data: Path) -> Iterator[Case]:
    """450 answers of GPT-4."""
    for judge, file, column in (("GPT-4", "gpteval", "gpt4_label"), ("strings", "streval", "strmatch_label")):
        path = data / f"xstest/xstest_v2_completions_gpt4_{file}.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        people, said = (
            np.array([float("full_compliance" in row[name]) for row in rows])
            for name in ("final_label", column)
        )
        yield f"XSTest, by {judge}", people, said, "share"


def xsum(data: Path) -> Iterator[Case]:
    """Summaries of five hundred articles by four systems."""
    scores: dict[str, dict[str, tuple[float, float]]] = {}
    path = data / "xsum_hallucination_annotations/eval_scores_xsum_summaries.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            system, _, article = row["system_bbcid"].rpartition("_")
            scores.setdefault(system, {})[article] = float(row["Factual"]), float(row["Entailment"])
    for system, its in scores.items():
        people, said = np.array(list(its.values())).T
        yield f"XSum, {system}", people, said, "level"
    first, second = "bert_withckpt", "tconvs2s"
    both = [each for each in scores[first] if each in scores[second]]
    ends = [np.array([scores[system][each] for each in both]).T for system in (first, second)]
    yield "XSum, the difference of two", ends[1][0] - ends[0][0], ends[1][1] - ends[0][1], "level change"


def llmbar(data: Path) -> Iterator[Case]:
    """Which answer is better: people's word, and a judge's, the mean of both orders."""
    for judge in ("ChatGPT", "GPT-4"):
        people: list[float] = []
        said: list[float] = []
        for part in ("Natural", "Adversarial/Manual"):
            path = data / f"llmbar/LLMBar/{part}/evaluators/{judge}/Vanilla/result.json"
            for row in json.loads(path.read_text(encoding="utf-8")):
                orders = row["results"][0].values()
                people.append(float(row["label"] == 1))
                said.append(float(np.mean([str(each["winner"]) == "1" for each in orders])))
        yield f"LLMBar, by {judge}", np.array(people), np.array(said), "share"


def line(case: Case, n: int, n_draws: int) -> str:
    """One judge over random draws."""
    name, people, said, kind = case
    n_all, truth = len(people), float(people.mean())
    rng = np.random.default_rng(n)
    n_held, powers, widths = 0, [], []
    for _ in range(n_draws):
        its = rng.integers(0, n_all, n_all)
        known = drawn(said[its], people[its], n)
        found, alone = corrected_mean(known), corrected_mean(known, power=0.0)
        assert found is not None
        assert alone is not None
        low, high = _interval(found, kind)
        n_held += low <= truth <= high
        powers.append(found.power)
        low_alone, high_alone = _interval(alone, kind)
        widths.append((high - low) / (high_alone - low_alone))
    width = float(np.mean(widths))
    return (
        f"{name:<28} {n_all:>4} {truth:6.3f} {said.mean():6.3f} {np.corrcoef(people, said)[0, 1]:6.2f}  "
        f"{rate(n_held, n_draws):<20} {np.mean(powers):5.2f}  {width:5.2f}  {n / width**2:6.0f}"
    )


def _interval(found: Corrected, kind: str) -> tuple[float, float]:
    if kind == "share":
        return CorrectedShare(found).interval(0.05)
    if kind == "change":
        return CorrectedChange(found).interval(0.05)
    low = -1.0 if kind == "level change" else 0.0
    return CorrectedLevel(found, low, 1.0).interval(0.05)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=1_000)
    parser.add_argument("--n", type=int, default=100)
    options = parser.parse_args()
    data = shared_data()
    print(f"{options.n} labels, {options.draws} draws; labels alone: as many have an interval as short")
    print(f"{'judge':<28}    N people  judge   corr  interval holds       lambda width  labels alone")
    for case in (*xstest(data), *xsum(data), *llmbar(data)):
        print(line(case, min(options.n, len(case[1]) // 2), options.draws), flush=True)


if __name__ == "__main__":
    main()

"""Real systems, each predicted by the others: does the interval hold the value of the whole data, and what
does history save?

    python -m tests.calibration.control_real [--draws N] [--n N]

GSM8K: four systems of OpenAI's example solutions, 1,319 questions. LLMDrift: four models on whether numbers
are prime, 1,000 questions whose answer is yes: one of them turned from nearly always right to nearly always
wrong, so that its history misleads.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from evalkit.comparisons.control_variate import Draw, corrected_value, value_interval
from evalkit.metrics.metric import Floats
from tests.calibration.lines import rate
from tests.shared_data import shared_data
from tests.unit.gates.metric_doubles import ACCURACY

Scores = dict[str, Floats]


def gsm8k(data: Path) -> Scores:
    """Whether each system solved each question, as the file says."""
    lines = (data / "gsm8k/example_model_solutions.jsonl").read_text(encoding="utf-8").strip().split("\n")
    found: dict[str, list[float]] = defaultdict(list)
    for row in map(json.loads, lines):
        for system, solution in row.items():
            if isinstance(solution, dict):
                found[system].append(float(solution["is_correct"]))
    return {system: np.array(scores) for system, scores in found.items()}


def primes(data: Path) -> Scores:
    """Whether each model gave the right answer between brackets."""
    csv.field_size_limit(sys.maxsize)
    found: dict[str, dict[str, float]] = defaultdict(dict)
    with (data / "llmdrift/PRIME_FULL_EVAL.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            said = re.findall(r"\[(yes|no)\]", row["answer"].lower())
            is_right = bool(said) and said[-1] == row["ref_answer"].lower()
            found[row["model"].removeprefix("openaichat/")][row["id"]] = float(is_right)
    ids = sorted(set.intersection(*(set(each) for each in found.values())))
    return {model: np.array([each[i] for i in ids]) for model, each in found.items()}


def line(scores: Scores, target: str, n: int, n_draws: int) -> str:
    """One system predicted by all others, over random draws."""
    today = scores[target]
    past = np.column_stack([each for name, each in scores.items() if name != target])
    rng = np.random.default_rng(n)
    n_held, errors, plain, gain = 0, [], [], 0.0
    for _ in range(n_draws):
        drawn = rng.permutation(len(today))[:n]
        found = corrected_value(ACCURACY, today, Draw([], drawn, past))
        assert found is not None
        low, high = value_interval(ACCURACY, found, 0.05)
        n_held += low <= today.mean() <= high
        errors.append(found.value - today.mean())
        plain.append(today[drawn].mean() - today.mean())
        gain += found.n_effective / n_draws
    deviation, plainly = float(np.std(errors)), float(np.std(plain))
    return (
        f"{target:<22} {today.mean():.3f}  {rate(n_held, n_draws):<20} {np.mean(errors):+.4f}  "
        f"{deviation:.4f}  {plainly:.4f}  {gain:6.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--n", type=int, default=200)
    options = parser.parse_args()
    for name, scores in (("gsm8k", gsm8k(shared_data())), ("llmdrift primes", primes(shared_data()))):
        n_total = len(next(iter(scores.values())))
        print(f"\n{name}: {options.n} of {n_total:,} samples, {options.draws} draws")
        print(f"{'predicted':<22} value  interval holds       bias     sd      plain   n effective")
        for target in scores:
            print(line(scores, target, options.n, options.draws), flush=True)


if __name__ == "__main__":
    main()

"""Recorded answers of several Subjects to the same samples, with their targets."""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from evalkit.items.votes import Floats


class LabelSet(NamedTuple):
    """``answers`` is n rows of k; ``models`` says which Subjects are of one model."""

    name: str
    models: list[str]
    targets: list[str]
    answers: list[list[str | None]]

    @property
    def values(self) -> Floats:
        """(n, k) 1 where the answer is the target."""
        pairs = zip(self.targets, self.answers, strict=True)
        return np.array([[float(answer == target) for answer in row] for target, row in pairs])


def label_sets(data: Path) -> Iterator[LabelSet]:
    """GSM8K by 4 models, primes by 4, LLMBar by 3 judges in both orders, XSTest by 4 annotators."""
    yield _gsm8k(data)
    yield _primes(data)
    for part in ("Natural", "Adversarial/Manual"):
        yield _llmbar(data, part)
    yield _xstest(data)


def _gsm8k(data: Path) -> LabelSet:
    lines = (data / "gsm8k/example_model_solutions.jsonl").read_text(encoding="utf-8").splitlines()
    rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    models = ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"]
    targets = [_number(row["ground_truth"]) or "" for row in rows]
    answers = [[_number(row[model]["solution"]) for model in models] for row in rows]
    return LabelSet("gsm8k, 4 models", models, targets, answers)


def _number(text: str) -> str | None:
    found = re.findall(r"-?\d[\d,]*\.?\d*", text.split("A:")[-1])
    return str(float(found[-1].replace(",", "").rstrip("."))) if found else None


def _primes(data: Path) -> LabelSet:
    targets: dict[str, str] = {}
    answers: dict[str, dict[str, str | None]] = {}
    for row in _rows(data / "llmdrift/PRIME_FULL_EVAL.csv"):
        said = re.findall(r"\b(yes|no)\b", row["answer"].lower())
        answers.setdefault(row["query"], {})[row["model"]] = said[-1] if said else None
        targets[row["query"]] = row["ref_answer"].lower()
    models = sorted({model for row in answers.values() for model in row})
    return LabelSet(
        "llmdrift primes, 4 models",
        models,
        list(targets.values()),
        [[row.get(model) for model in models] for row in answers.values()],
    )


def _llmbar(data: Path, part: str) -> LabelSet:
    judges = ("ChatGPT-0301", "ChatGPT", "GPT-4")
    columns, targets = [], []
    for judge in judges:
        path = data / f"llmbar/LLMBar/{part}/evaluators/{judge}/Vanilla/result.json"
        rows = json.loads(path.read_text(encoding="utf-8"))
        targets = [str(row["label"]) for row in rows]
        for order in ("swap = False", "swap = True"):
            columns.append([_winner(row["results"], order) for row in rows])
    models = [judge for judge in judges for _ in range(2)]
    return LabelSet(
        f"llmbar {part}, 3 judges x 2", models, targets, [list(row) for row in zip(*columns, strict=True)]
    )


def _winner(results: Any, order: str) -> str:
    found = ast.literal_eval(results) if isinstance(results, str) else results
    return str((found[0] if isinstance(found, list) else found)[order]["winner"])


def _xstest(data: Path) -> LabelSet:
    folder = data / "xstest"
    judged = _rows(folder / "xstest_v2_completions_gpt4_gpteval.csv")
    matched = _rows(folder / "xstest_v2_completions_gpt4_streval.csv")
    answers: list[list[str | None]] = [
        [
            *(_plain(row[name]) for name in ("annotation_1", "annotation_2", "gpt4_label")),
            _plain(other["strmatch_label"]),
        ]
        for row, other in zip(judged, matched, strict=True)
    ]
    raters = ["first person", "second person", "gpt-4", "string match"]
    return LabelSet("xstest, 4 raters", raters, [_plain(row["final_label"]) for row in judged], answers)


def _plain(label: str) -> str:
    """``1_full_compliance`` and ``full_compliance`` are one."""
    return label.split("_", 1)[-1].strip() if label[:1].isdigit() else label.strip()


def _rows(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(10**9)
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def rasch_set(k: int, n: int, n_labels: int, seed: int) -> LabelSet:
    """Simulated: abilities N(1.5, 1), difficulties N(0, 1.5), wrong answers drawn evenly."""
    draw = np.random.default_rng(seed)
    ability, difficulty = draw.normal(1.5, 1, k), draw.normal(0, 1.5, (n, 1))
    is_right = draw.random((n, k)) < 1 / (1 + np.exp(difficulty - ability))
    truth = draw.integers(0, n_labels, (n, 1))
    other = (truth + draw.integers(1, n_labels, (n, k))) % n_labels
    answers: list[list[str | None]] = [list(map(str, row)) for row in np.where(is_right, truth, other)]
    name = f"simulated, {k} models, {n_labels} labels"
    return LabelSet(name, [f"m{i}" for i in range(k)], [str(each) for each in truth[:, 0]], answers)

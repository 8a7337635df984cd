"""What judges are on record to have said of the data of ``suites/judges``, as rows of replay files.

A verdict is put in the words of the task where the record has another form (marks, a class); LLMBar's judges
answered in those words.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]

LLMBAR_JUDGES = ("GPT-4", "ChatGPT", "ChatGPT-0301")
LLMBAR_PARTS = {"llmbar_natural": "Natural", "llmbar_adversarial": "Adversarial/Manual"}
XSTEST_JUDGES = {"gpt-4": ("gpteval", "gpt4_label"), "string match": ("streval", "strmatch_label")}


def llmbar(data: Path, task: str, judge: str) -> Rows:
    """What a judge wrote of each pair, in both orders (evaluator ``Vanilla``)."""
    path = data / f"llmbar/LLMBar/{LLMBAR_PARTS[task]}/evaluators/{judge}/Vanilla/result.json"
    return [
        {"sample_id": f"{number}-{order}", "output": row["results"][-1][f"swap = {swap}"]["completion"][0]}
        for number, row in enumerate(json.loads(path.read_text(encoding="utf-8")))
        for order, swap in (("ab", False), ("ba", True))
    ]


def llmbar_winners(data: Path, task: str, judge: str) -> tuple[list[str], list[str]]:
    """The output that a judge found better, ``1`` or ``2``, of each pair in one order and in the other."""
    rows = llmbar(data, task, judge)
    first = {"Output (a)": "1", "Output (b)": "2"}
    second = {"Output (a)": "2", "Output (b)": "1"}
    return [first[row["output"]] for row in rows[::2]], [second[row["output"]] for row in rows[1::2]]


def llmbar_stated(data: Path, task: str, judge: str) -> dict[str, float]:
    """The shares and kappas that LLMBar's authors publish beside the verdicts; shares 0..1."""
    path = data / f"llmbar/LLMBar/{LLMBAR_PARTS[task]}/evaluators/{judge}/Vanilla/statistics.json"
    stated = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: float(value.rpartition("=")[2].strip(" %")) / 100 if isinstance(value, str) else value
        for name, value in stated.items()
    }


def faireval(data: Path) -> Rows:
    """GPT-4's marks for ChatGPT's and Vicuna's answers, which Vicuna's authors recorded in one order."""
    folder = data / "vicuna_blog_eval/review/vicuna-13b_20230322-clean-lang"
    lines = (folder / "review_gpt35_vicuna-13b.jsonl").read_text(encoding="utf-8").splitlines()
    rows = []
    for line in lines:
        review = json.loads(line)
        first, second = review["score"]
        verdict = "A" if first > second else "B" if first < second else "tie"
        rows.append({"sample_id": f"{review['question_id'] - 1}-ab", "output": verdict})
    return rows


def xstest(data: Path, judge: str) -> Rows:
    """What GPT-4, or a match with phrases of refusals, made of each completion."""
    name, column = XSTEST_JUDGES[judge]
    rows = table(data / f"xstest/xstest_v2_completions_gpt4_{name}.csv")
    return [{"sample_id": row["id"], "output": row[column][2:].replace("_", " ")} for row in rows]


def xstest_people(data: Path) -> tuple[list[str], list[str]]:
    """What either annotator made of each completion."""
    rows = table(data / "xstest/xstest_v2_completions_gpt4.csv")
    return [row["annotation_1"] for row in rows], [row["annotation_2"] for row in rows]


def xsum_raters(data: Path) -> list[list[str | None]]:
    """Whether each of three raters found a summary factual: (raters, summaries)."""
    said: dict[tuple[str, str], dict[str, str]] = {}
    path = data / "xsum_hallucination_annotations/factuality_annotations_xsum_summaries.csv"
    for row in table(path):
        said.setdefault((row["bbcid"], row["system"]), {})[row["worker_id"]] = row["is_factual"]
    raters = sorted({worker for each in said.values() for worker in each})
    return [
        [each[worker] if each.get(worker) in {"yes", "no"} else None for each in said.values()]
        for worker in raters
    ]


def xsum_measures(data: Path, judge: str, people: str) -> tuple[list[float], list[float]]:
    """Of each summary a measure (``Entailment``, ``R1`` …), and the share of people who call it
    ``Faithful`` or ``Factual``."""
    rows = table(data / "xsum_hallucination_annotations/eval_scores_xsum_summaries.csv")
    return [float(row[judge]) for row in rows], [float(row[people]) for row in rows]


def alpaca(data: Path, model: str) -> list[float]:
    """GPT-4's preference for a model over text-davinci-003: 1, 0, or 0.5; those that it gave."""
    path = data / f"alpaca_eval/results/{model}/alpaca_eval_gpt4/annotations.json.gz"
    rows = json.loads(gzip.decompress(path.read_bytes()))
    return [row["preference"] - 1 for row in rows if row["preference"] is not None]


def write(rows: Rows, path: Path) -> Path:
    """A replay file of the rows."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def table(path: Path) -> Sequence[dict[str, str]]:
    """The rows of a CSV file."""
    csv.field_size_limit(10**9)
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))

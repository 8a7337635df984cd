"""Pairs of recorded systems whose samples fall into slices, as replay files and one task each.

An answer is ``right`` or ``wrong``, as its publisher scored it. ``bfcl``: one model behind two versions of
its server, by category; ``gpt-4`` and ``gpt-3.5``: LLMDrift, March against June of 2023, by data set;
``bbh``: code-davinci-002 answering directly or step by step, by task; ``xstest``: two ways of telling
compliance from refusal, GPT-4's labels and a list of words, each right where it agrees with what people said,
by type of prompt.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import evalkit

#: Sample id to its slice, and whether baseline and candidate are right.
Seen = dict[str, tuple[str, bool, bool]]


@dataclass(frozen=True)
class SlicedPair:
    """Attributes:
    by: the field that gates are sliced by.
    names: of baseline and candidate.
    read: from the folder of shared data.
    source: the folder in it.
    """

    name: str
    by: str
    names: tuple[str, str]
    source: str
    read: Callable[[Path], Seen]

    def task(self, seen: Seen, alpha: float = 0.05, margin: float = 0.02) -> evalkit.Task:
        """One gate for each slice."""
        gate = {"metric": "accuracy", "by": self.by, "alpha": alpha, "margin": margin}
        rows = [{"id": i, "input": i, "target": "right", self.by: part} for i, (part, _, _) in seen.items()]
        return evalkit.Task(task=self.name, samples=rows, gates=[{"regression": gate}])

    def replays(self, seen: Seen, folder: Path) -> dict[str, str]:
        """Name to model spec, the baseline's first."""
        folder.mkdir(parents=True, exist_ok=True)
        specs = {}
        for side, name in enumerate(self.names):
            path = folder / f"{self.name}-{name}.jsonl"
            lines = (
                json.dumps({"sample_id": i, "output": "right" if values[1 + side] else "wrong"})
                for i, values in seen.items()
            )
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            specs[name] = f"replay:{path}"
        return specs


def bfcl(data: Path) -> Seen:
    """The leaderboard's own verdicts of gpt-oss-120b behind vLLM v0.11.0, and behind main of 2025-11-12."""
    runs = [data / "bfcl/runs" / each / "gpt-oss-120b" for each in ("v0.11.0", "2025-11-12-main")]
    seen: Seen = {}
    for file in sorted(runs[0].glob("*_verdicts.jsonl")):
        category = file.name.removesuffix("_verdicts.jsonl")
        before, after = (
            {row["id"]: bool(row["valid"]) for row in map(json.loads, (run / file.name).open())}
            for run in runs
        )
        seen |= {i: (category, valid, after[i]) for i, valid in before.items()}
    return seen


def llmdrift(model: str, versions: tuple[str, str]) -> Callable[[Path], Seen]:
    """Primes by the last yes or no; code that runs; questions that are answered."""

    def read(data: Path) -> Seen:
        found: dict[str, dict[str, tuple[str, bool]]] = {each: {} for each in versions}
        files = ("PRIME_FULL", "LEETCODE_EASY", "SENSITIVEQ")
        for row in (row for file in files for row in _csv(data / f"llmdrift/{file}_EVAL.csv")):
            version = row["model"].removeprefix(f"openaichat/{model}-")
            if version in found:
                name = row["dataset"]
                found[version][f"{name}/{row['id']}"] = (name, _is_right(row))
        before, after = (found[each] for each in versions)
        return {i: (part, is_right, after[i][1]) for i, (part, is_right) in before.items() if i in after}

    return read


def _is_right(row: dict[str, str]) -> bool:
    for column in ("Directly Usable", "Response Rate"):
        if column in row:
            return float(row[column]) > 0
    words = re.findall(r"\b(yes|no)\b", row["answer"].lower())
    return bool(words) and words[-1] == row["ref_answer"].lower()


def bbh(data: Path) -> Seen:
    """The answer is what stands behind the last ``answer is``, else all of it."""
    folder = data / "bbh/code-davinci-002-outputs"
    seen: Seen = {}
    for file in sorted((folder / "code-davinci-002-direct").glob("*255000.json")):
        task = file.name.partition("_few_shot")[0]
        sides = [
            json.loads((folder / f"code-davinci-002-{each}" / file.name).read_text("utf-8"))["outputs"]
            for each in ("direct", "cot")
        ]
        for number, (direct, cot) in enumerate(zip(*sides, strict=True)):
            seen[f"{task}/{number}"] = (task, *(_answer(each) == each["target"] for each in (direct, cot)))
    return seen


def _answer(row: dict[str, Any]) -> str:
    text = str(row["prediction"]).strip().partition("\n\nQ:")[0]
    return text.rpartition("answer is ")[2].strip().removesuffix(".")


def xstest(data: Path) -> Seen:
    """GPT-4's completions: whether a label says refusal where people do (partial refusals left out)."""
    folder = data / "xstest"
    labels = {
        name: {row["id"]: row for row in _csv(folder / f"xstest_v2_completions_gpt4_{name}.csv")}
        for name in ("gpteval", "streval")
    }
    seen: Seen = {}
    for i, row in labels["gpteval"].items():
        if "partial" not in row["final_label"]:
            people = "refusal" in row["final_label"]
            sides = (row["gpt4_label"], labels["streval"][i]["strmatch_label"])
            before, after = (("refusal" in each) == people for each in sides)
            seen[i] = row["type"], before, after
    return seen


def _csv(path: Path) -> Iterator[dict[str, str]]:
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


PAIRS = (
    SlicedPair("bfcl", "category", ("v0.11.0", "main"), "bfcl", bfcl),
    SlicedPair("gpt-4", "dataset", ("0314", "0613"), "llmdrift", llmdrift("gpt-4", ("0314", "0613"))),
    SlicedPair(
        "gpt-3.5", "dataset", ("0301", "0613"), "llmdrift", llmdrift("gpt-3.5-turbo", ("0301", "0613"))
    ),
    SlicedPair("bbh", "task", ("direct", "cot"), "bbh", bbh),
    SlicedPair("xstest", "type", ("gpt-4", "words"), "xstest", xstest),
)

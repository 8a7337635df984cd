"""Recorded outputs with the verdicts that judges gave on them: people, GPT-4, raters.

A row carries the verdict on each output of its sample, by a digest of the text, and the scorer ``python``
with ``tests.data.judged:verdict`` looks it up. An output that nobody judged is an error, never a zero.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from evalkit.core.response import Response
from evalkit.core.sample import Sample

Rows = dict[str, list[dict[str, Any]]]

ALPACA_35 = ("gpt-3.5-turbo-0301", "gpt-3.5-turbo-1106")
ALPACA_4 = ("gpt4_0314", "gpt4_0613")

#: System in the files of values -> in the files of annotations, which have the texts.
XSUM_SYSTEMS = {
    "bert_nockpt": "TranS2S", "bert_withckpt": "BERTS2S", "ptgen": "PtGen", "tconvs2s": "TConvS2S",
}  # fmt: skip


def verdict(sample: Sample, response: Response) -> float:
    """What the judge said of this very output. Raises LookupError where it said nothing."""
    value = sample.row["judged"].get(digest(response.output or ""))
    if value is None:
        raise LookupError("nobody judged this output")
    return float(value)


def judged_by(verdicts: Iterable[tuple[str, float | None]]) -> dict[str, float]:
    """Outputs of one sample with their verdicts -> the field ``judged`` of its row. Raises ValueError where
    one text was judged in two ways: then the text does not tell which one is meant."""
    found: dict[str, float] = {}
    for output, value in verdicts:
        if value is not None and found.setdefault(digest(output), value) != value:
            raise ValueError(f"judged as {found[digest(output)]} and as {value}: {output[:80]}")
    return found


def digest(output: str) -> str:
    return hashlib.sha256(output.encode()).hexdigest()[:16]


def sensitive(data: Path) -> tuple[Rows, Rows]:
    """LLMDrift -> sensitive questions, outputs of each model; 1 where the authors saw no direct answer."""
    verdicts = defaultdict(list)
    samples: dict[str, dict[str, Any]] = {}
    outputs: Rows = defaultdict(list)
    with (data / "llmdrift/SENSITIVEQ_EVAL.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            samples[row["id"]] = {"id": row["id"], "query": row["query"]}
            verdicts[row["id"]].append((row["answer"], 1.0 - float(row["Response Rate"])))
            outputs[row["model"].removeprefix("openaichat/")].append(
                {"sample_id": row["id"], "output": row["answer"], "latency_s": float(row["latency"])}
            )
    rows = [{**row, "judged": judged_by(verdicts[name])} for name, row in samples.items()]
    return {"sensitive": rows}, outputs


def alpaca(data: Path) -> tuple[Rows, Rows]:
    """AlpacaEval -> instructions, outputs of two versions of GPT-3.5 and of two of GPT-4.

    GPT-4 preferred an output of GPT-3.5 to that of text-davinci-003 (1), the other way round (0), or neither
    (0.5). The outputs of GPT-4 come without the annotations.
    """
    verdicts = defaultdict(list)
    outputs: Rows = {}
    for model in ALPACA_35:
        path = data / f"alpaca_eval/results/{model}/alpaca_eval_gpt4/annotations.json.gz"
        rows = json.loads(gzip.decompress(path.read_bytes()))
        for row in rows:
            value = None if row["preference"] is None else row["preference"] - 1.0
            verdicts[row["instruction"]].append((row["output_2"], value))
        outputs[model] = [{"sample_id": row["instruction"], "output": row["output_2"]} for row in rows]
    for model in ALPACA_4:
        path = data / f"alpaca_eval/results/{model}/model_outputs.json"
        rows = json.loads(path.read_text(encoding="utf-8"))
        outputs[model] = [{"sample_id": row["instruction"], "output": row["output"]} for row in rows]
    numbers = {instruction: str(number) for number, instruction in enumerate(verdicts)}
    samples = [
        {"id": numbers[text], "instruction": text, "judged": judged_by(verdicts[text])} for text in numbers
    ]
    for row in (row for each in outputs.values() for row in each):
        row["sample_id"] = numbers[row["sample_id"]]
    return {"alpaca": samples}, outputs


def vicuna(data: Path) -> tuple[Rows, Rows]:
    """Vicuna's 80 questions -> one task for each opponent, the answers of both; GPT-4's marks, 0 to 10."""
    folder = data / "vicuna_blog_eval"
    questions = {row["question_id"]: row["text"] for row in _read_lines(folder / "question.jsonl")}
    samples: Rows = {}
    outputs: Rows = defaultdict(list)
    for opponent in ("alpaca-13b", "bard", "gpt35", "llama-13b"):
        answers = [
            {row["question_id"]: row["text"] for row in _read_lines(folder / f"answer/answer_{name}.jsonl")}
            for name in (opponent, "vicuna-13b")
        ]
        reviews = folder / f"review/vicuna-13b_20230322-clean-lang/review_{opponent}_vicuna-13b.jsonl"
        rows = samples[opponent] = []
        for review in _read_lines(reviews):
            number = review["question_id"]
            pair = [side[number] for side in answers]
            judged = judged_by(zip(pair, review["score"], strict=True))
            rows.append({"id": str(number), "question": questions[number], "judged": judged})
            for system, output in zip(("opponent", "vicuna-13b"), pair, strict=True):
                outputs[system].append(
                    {"task": f"vicuna/{opponent}", "sample_id": str(number), "output": output}
                )
    return samples, outputs


def factuality(data: Path) -> tuple[Rows, Rows]:
    """XSum -> 498 articles (by number), summaries of four systems; the share of three raters who found a
    summary factual. Summaries without any hallucination count as 1; raters did not see them again, and their
    texts are not among the data."""
    folder = data / "xsum_hallucination_annotations"
    texts = {
        (row["bbcid"], row["system"]): row["summary"]
        for row in _read_table(folder / "factuality_annotations_xsum_summaries.csv")
    }
    verdicts = defaultdict(list)
    outputs: Rows = defaultdict(list)
    for row in _read_table(folder / "eval_scores_xsum_summaries.csv"):
        system, _, article = row["system_bbcid"].rpartition("_")
        text = texts.get((article, XSUM_SYSTEMS[system]), f"(A faithful summary of {system}.)")
        verdicts[article].append((text, float(row["Factual"])))
        outputs[system].append({"sample_id": article, "output": text})
    rows = [{"id": article, "judged": judged_by(pairs)} for article, pairs in sorted(verdicts.items())]
    return {"factuality": rows}, outputs


def _read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))

r"""Recorded outputs of real models as replay files, with tasks that score them as their publishers did.

    python -m tests.data.recorded OUT [--data SHARED_DATA]
    pytest OUT/primes --llm-model=replay:OUT/primes/gpt-4-0314.jsonl \
        --llm-model=replay:OUT/primes/gpt-4-0613.jsonl \
        --llm-baseline=subject:replay:OUT/primes/gpt-4-0314.jsonl

``primes``: 1,000 questions of LLMDrift (GPT-4 in March 0.840, June 0.511; GPT-3.5 0.500, 0.761); ``gsm8k``:
four systems of grade-school-math (0.2168, 0.3904, 0.3472, 0.5625); ``bbh``: code-davinci-002 on four tasks of
BIG-Bench Hard, answering directly or step by step; ``humaneval``: three recorded models, for the task of
``suites/humaneval`` (gpt-3.5-turbo 122 of 164, gpt-4 140 of 164 and, later, 116 of 135), and the canonical
solutions as completions and as whole functions; ``mbpp``: GPT-4 with reflexion on 397 problems of MBPP, 306
of them solved, and the reference solutions for ``suites/mbpp``.

``xsum`` and ``wmt17`` are scored by the suites that ship. Neither comes with its sources, so a remark stands
in place of each; the folder is a mirror of the dataset on the Hub:

    pytest suites/translation --llm-data=OUT/wmt17 --llm-model=replay:OUT/wmt17/LIUM-NMT.jsonl

``xsum``: lead sentence, pointer-generator and ConvS2S on 11,334 articles; ``wmt17``: four systems of
newstest2017, English into German (BLEU 26.60, 27.11, 26.56, 16.61; chrF 55.93, 56.39, 55.92, 50.36).
``humaneval_135`` is a mirror too: the 135 problems that both files of GPT-4 answer, 113 of them solved by the
earlier one and 116 by the later.

``sensitive``, ``alpaca``, ``vicuna`` and ``factuality`` carry the verdicts of judges
(``tests.data.judged``), ``bfcl`` those of its checker (``tests.data.agents``); they need the root of the
repository on the path. ``coco``: captions of 1,000 images by a person and by a model; ``twelve``: twelve
Subjects out of the four models of ``primes`` (``tests.data.ensembles``).
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.data import agents, ensembles, judged

TASKS = Path(__file__).resolve().parent / "recorded"
BBH = ("boolean_expressions", "date_understanding", "navigate", "object_counting")
NO_SOURCE = "(The source is not among the recorded data.)"
Rows = dict[str, list[dict[str, Any]]]


def primes(data: Path) -> tuple[Rows, Rows]:
    """LLMDrift -> questions, outputs of each model (``gpt-4-0314`` …)."""
    csv.field_size_limit(sys.maxsize)
    samples: dict[str, dict[str, Any]] = {}
    outputs: Rows = defaultdict(list)
    with (data / "llmdrift/PRIME_FULL_EVAL.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            samples[row["id"]] = {"id": row["id"], "query": row["query"], "answer": row["ref_answer"].lower()}
            model = row["model"].removeprefix("openaichat/")
            outputs[model].append(
                {
                    "sample_id": row["id"],
                    "output": row["answer"],
                    "model": model,
                    "latency_s": float(row["latency"]),
                    "completion_tokens": int(row["answer_token"]),
                    "cost_usd": float(row["cost"]),
                }
            )
    return {"primes": list(samples.values())}, outputs


def gsm8k(data: Path) -> tuple[Rows, Rows]:
    """OpenAI's example solutions -> questions with their number, solutions of each system."""
    samples = []
    outputs: Rows = defaultdict(list)
    lines = (data / "gsm8k/example_model_solutions.jsonl").read_text(encoding="utf-8").strip().split("\n")
    for number, row in enumerate(map(json.loads, lines)):
        answer = row["ground_truth"].rpartition("A:")[2].strip()
        samples.append({"id": str(number), "question": row["question"], "answer": answer})
        for system, solution in row.items():
            if isinstance(solution, dict):
                outputs[system].append({"sample_id": str(number), "output": solution["solution"]})
    return {"gsm8k": samples}, outputs


def bbh(data: Path) -> tuple[Rows, Rows]:
    """BIG-Bench Hard -> questions, answers of code-davinci-002 by prompt (``direct``, ``cot``)."""
    samples: Rows = {}
    outputs: Rows = defaultdict(list)
    folder = data / "bbh/code-davinci-002-outputs"
    for task in BBH:
        for prompt in ("direct", "cot"):
            file = folder / f"code-davinci-002-{prompt}" / f"{task}_few_shot_template_0-255000.json"
            rows = json.loads(file.read_text(encoding="utf-8"))["outputs"]
            # The suite has a task for each prompt; the tasks here compare both prompts on one.
            for name in (f"bbh/{task}", f"bbh/{task}_cot")[: 2 if prompt == "cot" else 1]:
                for number, row in enumerate(rows):
                    outputs[prompt].append(
                        {"task": name, "sample_id": str(number), "output": row["prediction"]}
                    )
            samples[task] = [
                {"id": str(number), "question": _last_question(row["input"]), "answer": row["target"]}
                for number, row in enumerate(rows)
            ]
    return samples, outputs


def _last_question(prompt: str) -> str:
    return prompt.rpartition("Q: ")[2].rpartition("\nA:")[0]


def xsum(data: Path) -> tuple[Rows, Rows]:
    """XSum's gold summaries, those of three systems."""
    folder = data / "xsum_model_predictions"
    gold = _lines(folder / "gold-test-sentences.txt.gz")
    rows = [{"id": str(i), "document": NO_SOURCE, "summary": summary} for i, summary in enumerate(gold)]
    systems = {name: _lines(folder / f"{name}-test-output.txt.gz") for name in ("convs2s", "lead", "ptgen")}
    return {"xsum": rows}, {name: _outputs(lines) for name, lines in systems.items()}


def wmt17(data: Path) -> tuple[Rows, Rows]:
    """newstest2017's German references, translations of four systems (``LIUM-NMT`` …)."""
    folder = data / "wmt17_en_de"
    references = _lines(folder / "newstest2017.ref.en-de.txt")
    rows = [{"translation": {"en": NO_SOURCE, "de": line}} for line in references]
    files = sorted(set(folder.glob("newstest2017.*.txt")) - {folder / "newstest2017.ref.en-de.txt"})
    return {"wmt17": rows}, {file.name.split(".")[1]: _outputs(_lines(file)) for file in files}


def _lines(path: Path) -> list[str]:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode().removesuffix("\n").split("\n")


def _outputs(lines: Iterable[str]) -> list[dict[str, Any]]:
    return [{"sample_id": str(i), "output": line} for i, line in enumerate(lines)]


def humaneval(data: Path) -> tuple[Rows, Rows]:
    """HumanEval -> no questions of its own (the suite has them), completions of each model.

    ``canonical`` are the solutions as completions, ``canonical-fenced`` as whole functions in a chat answer.
    """
    outputs: Rows = {}
    for file in sorted((data / "humaneval/model_samples").glob("*.jsonl")):
        if not file.name.endswith("_results.jsonl"):
            rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
            outputs[file.stem] = [{"sample_id": r["task_id"], "output": r["completion"]} for r in rows]
    with gzip.open(data / "humaneval/HumanEval.jsonl.gz", "rt", encoding="utf-8") as stream:
        problems = [json.loads(line) for line in stream]
    outputs["canonical"] = [{"sample_id": p["task_id"], "output": p["canonical_solution"]} for p in problems]
    outputs["canonical-fenced"] = [
        {"sample_id": p["task_id"], "output": _chat_answer(p["prompt"] + p["canonical_solution"])}
        for p in problems
    ]
    return {}, outputs


def humaneval_135(data: Path) -> tuple[Rows, Rows]:
    """The problems of HumanEval that GPT-4 answers in both of its files, and these answers."""
    files = (data / "humaneval/model_samples").glob("gpt-4_*.jsonl")
    answers = {file.stem: list(map(json.loads, file.read_text("utf-8").splitlines())) for file in files}
    both = set.intersection(*({row["task_id"] for row in rows} for rows in answers.values()))
    with gzip.open(data / "humaneval/HumanEval.jsonl.gz", "rt", encoding="utf-8") as stream:
        problems = [row for row in map(json.loads, stream) if row["task_id"] in both]
    return {"humaneval_135": problems}, {
        name: [{"sample_id": r["task_id"], "output": r["completion"]} for r in rows if r["task_id"] in both]
        for name, rows in answers.items()
    }


def _chat_answer(program: str) -> str:
    return f"Here is the function:\n\n```python\n{program.strip()}\n```\n\nIt passes the tests."


def mbpp(data: Path) -> tuple[Rows, Rows]:
    """Reflexion's run on MBPP as MultiPL-E words it -> problems with its verdicts, its last programs.

    MultiPL-E's own call of ``check`` is left out of the tests: the scorer calls it.
    """
    problems, outputs = [], []
    lines = (
        (data / "mbpp/model_samples/reflexion_gpt-4_mbpp-py.jsonl").read_text(encoding="utf-8").splitlines()
    )
    for row in map(json.loads, lines):
        test = row["test"].partition("\ndef test_check()")[0]
        fields = {"id": row["name"], "prompt": row["prompt"], "entry_point": row["entry_point"], "test": test}
        problems.append({**fields, "is_solved": row["is_solved"]})
        outputs.append({"sample_id": row["name"], "output": row["solution"]})
    full = map(json.loads, (data / "mbpp/mbpp.jsonl").read_text(encoding="utf-8").splitlines())
    sanitized = json.loads((data / "mbpp/sanitized-mbpp.json").read_text(encoding="utf-8"))
    references = [
        {"task": task, "sample_id": str(row["task_id"]), "output": row["code"]}
        for task, rows in (("mbpp", full), ("mbpp_sanitized", sanitized))
        for row in rows
    ]
    return {"reflexion_problems": problems}, {"reflexion-gpt-4": outputs, "reference": references}


def coco(data: Path) -> tuple[Rows, Rows]:
    """1,000 images of COCO with the captions of four people or five, those of one more person, and of the
    model whose results coco-caption shows."""
    rows = json.loads((data / "coco_caption/spice_example_input_larger.json").read_text(encoding="utf-8"))
    samples = [{"id": str(row["image_id"]), "answer": row["refs"][1:]} for row in rows]
    return {"coco": samples}, {
        "person": [{"sample_id": str(row["image_id"]), "output": row["refs"][0]} for row in rows],
        "model": [{"sample_id": str(row["image_id"]), "output": row["test"]} for row in rows],
    }


SETS = {
    "alpaca": judged.alpaca,
    "alpaca_texts": judged.alpaca,
    "bbh": bbh,
    "bfcl": agents.bfcl,
    "coco": coco,
    "factuality": judged.factuality,
    "gsm8k": gsm8k,
    "humaneval": humaneval,
    "humaneval_135": humaneval_135,
    "mbpp": mbpp,
    "primes": primes,
    "sensitive": judged.sensitive,
    "twelve": ensembles.twelve,
    "vicuna": judged.vicuna,
    "wmt17": wmt17,
    "xsum": xsum,
}

#: Sets that stand in for a dataset of the Hub: its path, name and split.
MIRRORED = {
    "humaneval_135": ("openai/openai_humaneval", None, "test"),
    "wmt17": ("wmt/wmt17", "de-en", "test"),
    "xsum": ("EdinburghNLP/xsum", None, "test"),
}


def write(name: str, data: Path, out: Path) -> Path:
    """Write the tasks, data files and replay files of one set into ``out/name``; returns that folder."""
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    for group in SETS[name](data):
        for stem, rows in group.items():
            _write_jsonl(folder / f"{stem}.jsonl", rows)
    for task in TASKS.glob(f"{name}.eval.yaml"):
        shutil.copy(task, folder)
    if name in MIRRORED:
        path, config, split = MIRRORED[name]
        entry = {"path": path, "name": config, "splits": {split: f"{name}.jsonl"}}
        mirror = {"datasets": [{key: value for key, value in entry.items() if value is not None}]}
        (folder / "mirror.yaml").write_text(json.dumps(mirror), encoding="utf-8")
    return folder


def _write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=os.environ.get("EVALKIT_SHARED_DATA", "../shared/data"))
    arguments = parser.parse_args()
    for name in SETS:
        print(write(name, Path(arguments.data), arguments.out))


if __name__ == "__main__":
    main()

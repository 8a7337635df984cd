"""lm-evaluation-harness: a results file (old and current schema), with the samples beside it.

``results*.json`` holds numbers for each task: ``acc`` and ``acc_stderr`` in the old schema (before 0.4),
``acc,none`` and ``acc_stderr,none`` (metric and filter) in the current one. ``samples_TASK_TIME.jsonl``
beside it, where ``--log_samples`` wrote them, hold every answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evalkit.imports.imported import Figure, ImportedEvaluation, ImportedRun, Scale, Subject
from evalkit.imports.lm_eval_samples import read_samples
from evalkit.imports.origin import file_moment, moment, redact, settings, word
from evalkit.imports.reading import get, need, number, read_json, refuse

#: What the tool itself calls lower-is-better; the current schema says so in ``higher_is_better``.
_LOWER = frozenset({
    "bits_per_byte", "brier_score", "byte_perplexity", "likelihood_diff", "likelihood_difference",
    "pct_stereotype", "perplexity", "ppl", "ter", "wer", "word_perplexity",
})  # fmt: skip

#: Metrics that are means of 0 and 1, so that value and standard error tell the number of samples.
_SHARES = frozenset({"acc", "acc_norm", "em", "exact_match", "pct_stereotype"})

_NO_NUMBERS = frozenset({"alias", "name", "sample_len", "sample_count"})
_SAMPLES = re.compile(r"samples_(.+?)_\d{4}-\d\d-\d\dT[\d.-]+\.jsonl")


def claims(path: Path, head: Any) -> bool:
    """Results with a table for each task, and their configuration."""
    results = get(head, "results", dict)
    is_table = bool(results) and all(isinstance(row, dict) for row in (results or {}).values())
    return is_table and ("versions" in head or "config" in head)


def read_run(path: Path) -> ImportedRun:
    """A results file and its samples. Raises UsageError that names file and key."""
    document = read_json(path)
    if not isinstance(document, dict):
        refuse(path, "is not an object with 'results'", "give lm-eval's results file, not its samples")
    results = need(document, "results", dict, path)
    config = get(document, "config", dict) or {}
    subject = _subject(document, config)
    samples = _sample_files(path)
    evaluations = [
        _evaluation(document, config, subject, task, row, samples.get(task), path)
        for task, row in results.items()
    ]
    evaluations = [each for each in evaluations if each.figures or each.answers]
    if not evaluations:
        refuse(path, "results holds no number")
    started = moment(document.get("date")) or file_moment(path)
    seconds = number(document.get("total_evaluation_time_seconds"))
    used = [samples[task] for task in results if task in samples]
    return ImportedRun(
        (path, *used),
        started,
        started + seconds if seconds else None,
        tuple(evaluations),
        is_partial=config.get("limit") is not None,
    )


def _evaluation(
    document: Mapping[str, Any],
    config: Mapping[str, Any],
    subject: Subject,
    task: str,
    row: Any,
    samples: Path | None,
    path: Path,
) -> ImportedEvaluation:
    if not isinstance(row, dict):
        refuse(path, f"results.{task} is not an object")
    version = (get(document, "versions", dict) or {}).get(task)
    shots = (get(document, "n-shot", dict) or {}).get(task, config.get("num_fewshot"))
    counts = get(get(document, "n-samples", dict), task, dict) or {}
    n = counts.get("effective")
    directions = get(get(document, "higher_is_better", dict), task, dict) or {}
    figures = tuple(_figures(row, version, directions, n))
    scales = {figure.name: figure.scale for figure in figures}
    answers, scored, labels = read_samples(samples, scales) if samples else ((), (), None)
    return ImportedEvaluation(
        task,
        subject,
        {"version": version, "num_fewshot": shots or 0},
        {"limit": config.get("limit")},
        answers,
        {name: scales[name] for name in scored},
        figures,
        labels,
        n or max((figure.n or 0 for figure in figures), default=0),
    )


def _figures(row: Mapping[str, Any], version: Any, directions: Mapping[str, Any], n: Any) -> Iterator[Figure]:
    for key, value in row.items():
        metric, _, filter_name = key.partition(",")
        found = None if key in _NO_NUMBERS or isinstance(value, bool) else number(value)
        if found is None or metric.endswith("_stderr"):
            continue
        filter_name = filter_name or "none"
        stderr = number(row.get(f"{metric}_stderr,{filter_name}", row.get(f"{metric}_stderr")))
        is_higher = directions.get(metric)
        is_higher = metric not in _LOWER if is_higher is None else bool(is_higher)
        scale = Scale(f"lm-eval:{metric},{filter_name}|v{version}", is_higher)
        name = word(metric if filter_name == "none" else f"{metric}/{filter_name}")
        yield Figure(name, found, scale, stderr, n if isinstance(n, int) else _count(metric, found, stderr))


def _count(metric: str, value: float, stderr: float | None) -> int | None:
    """The samples behind a share: its standard error is sqrt(p (1 - p) / (n - 1)); None where it is no n."""
    if metric not in _SHARES or not stderr or not 0 < value < 1:
        return None
    n = value * (1 - value) / stderr**2 + 1
    return round(n) if abs(n - round(n)) < 1e-3 else None


def _subject(document: Mapping[str, Any], config: Mapping[str, Any]) -> Subject:
    given = config.get("model_args")
    args = _arguments(given) if isinstance(given, str) else given if isinstance(given, dict) else {}
    name = next((args[key] for key in ("pretrained", "model", "path", "load") if args.get(key)), None)
    kind = str(config.get("model") or document.get("model_source") or "lm-eval")
    if isinstance(name, str) and name.startswith(("/", ".")):
        name = name.rstrip("/").rpartition("/")[2]
    revision = args.get("revision") or args.get("iteration") or config.get("model_sha") or None
    extra = {key: document.get(key) for key in ("system_instruction", "chat_template_sha")}
    chat = {"chat_template": extra["chat_template_sha"]}
    return Subject(
        redact(f"{kind}/{name}" if name else kind),
        None if revision is None else str(revision),
        settings(args, config.get("gen_kwargs"), extra, chat),
    )


def _arguments(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(",") if "=" in part)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _sample_files(path: Path) -> dict[str, Path]:
    """Task to its samples: of the same time as the results, else (other names) the only ones beside them."""
    time_of = path.stem.removeprefix("results_")
    found = {}
    for file in sorted(path.parent.glob("samples_*.jsonl")):
        match = _SAMPLES.fullmatch(file.name)
        if match and file.stem.endswith(time_of):
            found[match[1]] = file
        elif file.stem == f"samples_{time_of}" or path.stem == "results":
            found[file.stem.removeprefix("samples_")] = file
    return found

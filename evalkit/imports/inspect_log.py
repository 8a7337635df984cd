"""Inspect (inspect-ai): one evaluation log, as ``.eval`` (a zip) or as JSON.

An epoch is a repeat. A sample that broke is an error row. Grades follow Inspect: C is 1, P is 0.5, I and N
are 0.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evalkit.core.finish_reason import finish_reason_of
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.imports.eval_zip import read_log
from evalkit.imports.imported import Answer, Figure, ImportedEvaluation, ImportedRun, Scale, Subject
from evalkit.imports.messages import objects, trajectory
from evalkit.imports.origin import chat_text, file_moment, message, moment, redact, settings, word
from evalkit.imports.reading import amount, get, need, number, read_json, refuse, whole

Record = Mapping[str, Any]

_VERSIONS = (1, 2)
_GRADES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0, "yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
_SPREADS = frozenset({"stderr", "bootstrap_stderr", "std", "var"})


def claims(path: Path, head: Any) -> bool:
    """A zip with samples or a journal; JSON with ``eval`` and ``plan``."""
    if isinstance(head, list):
        return any(str(name).startswith(("header.json", "_journal/", "samples/")) for name in head)
    return isinstance(head, dict) and "eval" in head and "plan" in head


def read_run(path: Path) -> ImportedRun:
    """One log. Raises UsageError that names file and key."""
    log = read_log(path) if zipfile.is_zipfile(path) or path.suffix == ".eval" else read_json(path)
    if not isinstance(log, dict):
        refuse(path, "is not an evaluation log")
    version = need(log, "version", int, path)
    if version not in _VERSIONS:
        refuse(path, f"version is {version}, known are 1 and 2", "write it again with 'inspect log convert'")
    spec = need(log, "eval", dict, path)
    stats = get(log, "stats", dict) or {}
    config = get(spec, "config", dict) or {}
    is_finished = log.get("status") == "success"
    started = moment(stats.get("started_at")) or moment(spec.get("created")) or file_moment(path)
    return ImportedRun(
        (path,),
        started,
        moment(stats.get("completed_at")),
        (_evaluation(log, spec, path),),
        is_partial=not is_finished or config.get("limit") is not None or config.get("sample_id") is not None,
        is_finished=is_finished,
    )


def _evaluation(log: Record, spec: Record, path: Path) -> ImportedEvaluation:
    task, model = need(spec, "task", str, path, "eval"), need(spec, "model", str, path, "eval")
    answers = tuple(_answer(each, model, path) for each in get(log, "samples", list) or ())
    scorers = {
        str(each.get("name")): each for each in get(spec, "scorers", list) or () if isinstance(each, dict)
    }
    version = spec.get("task_version")
    names = dict.fromkeys(score.scorer for each in answers for score in each.scores)
    scales = {name: _scale(scorers.get(name.partition("/")[0], {}), name, version) for name in names}
    figures = tuple(_figures(log, scorers, version))
    if not answers and not figures:
        refuse(path, "holds neither samples nor results")
    plan = get(log, "plan", dict) or {}
    return ImportedEvaluation(
        task,
        Subject(
            redact(model),
            None,
            {**settings(spec.get("model_generate_config"), plan.get("config")), **_solver(plan)},
        ),
        {"version": version, "args": settings(spec.get("task_args"))},
        {"dataset": get(get(spec, "dataset", dict), "name", str)},
        answers,
        scales,
        figures,
        n_samples=whole((get(spec, "dataset", dict) or {}).get("samples")) or 0,
    )


def _answer(record: Any, model: str, path: Path) -> Answer:
    if not isinstance(record, dict) or "id" not in record:
        refuse(path, "has a sample without 'id'")
    sample_id, text = str(record["id"]), chat_text(record.get("input"))
    output = get(record, "output", dict) or {}
    choice = next((each for each in get(output, "choices", list) or () if isinstance(each, dict)), {})
    answer = get(output, "completion", str)
    if answer is None and choice:
        answer = chat_text(get(choice, "message", dict) or "")
    failed = record.get("error") or output.get("error")
    error = message(failed.get("message") if isinstance(failed, dict) else failed) if failed else None
    if answer is None and error is None:
        error = "no output"
    usage, reason = _usage(record, output, model), get(choice, "stop_reason", str)
    response = Response(
        None if error else answer,
        sample_id,
        max(int(number(record.get("epoch")) or 1) - 1, 0),
        text,
        error,
        finish_reason_of(reason),
        whole(usage.get("input_tokens")),
        whole(usage.get("output_tokens")),
        amount(usage.get("total_cost"), "cost_usd"),
        amount(record.get("working_time"), "latency_s") or amount(record.get("total_time"), "latency_s"),
        created_at=moment(record.get("started_at")),
        tool_calls=objects(get(choice, "message", dict), "tool_calls"),
        vendor_finish_reason=reason,
        cached_tokens=whole(usage.get("input_tokens_cache_read")),
        cache_write_tokens=whole(usage.get("input_tokens_cache_write")),
        reasoning_tokens=whole(usage.get("reasoning_tokens")),
        reasoning=_reasoning(get(choice, "message", dict)),
        queue_s=_waited(record),
        trajectory=trajectory(record.get("messages")),
    )
    scores = get(record, "scores", dict) or {}
    found = () if error else tuple(s for name, value in scores.items() for s in _scores(name, value))
    return Answer(Sample(sample_id, text, record.get("target")), response, found)


def _reasoning(message: Any) -> str | None:
    """The text of the reasoning parts of a message."""
    parts = [part for part in get(message, "content", list) or () if get(part, "reasoning", str)]
    return "\n\n".join(part["reasoning"] for part in parts) or None


def _waited(record: Record) -> float | None:
    """Seconds of waiting and retries: what the whole took beyond the work."""
    whole_s = amount(record.get("total_time"), "latency_s")
    work_s = amount(record.get("working_time"), "latency_s")
    return None if whole_s is None or work_s is None else max(0.0, whole_s - work_s)


def _usage(record: Record, output: Record, model: str) -> Record:
    """Of the model under test over the whole sample, graders left out."""
    return get(get(record, "model_usage", dict), model, dict) or get(output, "usage", dict) or {}


def _scores(name: str, record: Any) -> Iterator[Score]:
    value = record.get("value") if isinstance(record, dict) else record
    answer, reason = get(record, "answer", str), get(record, "explanation", str)
    parts = value.items() if isinstance(value, dict) else [("", value)]
    for key, part in parts:
        scorer = word(f"{name}/{key}" if key else name)
        grade = _grade(part)
        yield Score(
            scorer,
            grade,
            answer,
            message(reason) if reason else None,
            None if grade is not None else "no number",
        )


def _grade(value: Any) -> float | None:
    if isinstance(value, str):
        return _GRADES.get(value, _GRADES.get(value.lower(), number(value)))
    return number(value)


def _scale(scorer: Record, name: str, version: Any) -> Scale:
    options = settings(scorer.get("options"))
    shown = "".join(f"|{key}:{value}" for key, value in options.items())
    return Scale(f"inspect:{name}{shown}|v{version}")


def _figures(log: Record, scorers: Mapping[str, Record], version: Any) -> Iterator[Figure]:
    for row in get(get(log, "results", dict), "scores", list) or ():
        if not isinstance(row, dict):
            continue
        metrics, name = get(row, "metrics", dict) or {}, str(row.get("name"))
        stderr = number((get(metrics, "stderr", dict) or {}).get("value"))
        for key, metric in metrics.items():
            value = number((metric if isinstance(metric, dict) else {}).get("value"))
            if value is None or key in _SPREADS or math.isnan(value):
                continue
            is_mean = key in ("accuracy", "mean") and row.get("reducer") in (None, "mean")
            label = word(name if is_mean else "/".join(filter(None, (name, key, row.get("reducer")))))
            scale = _scale(scorers.get(str(row.get("scorer")), {}), label, version)
            n = whole(row.get("scored_samples"))
            yield Figure(label, value, scale, stderr if key in ("accuracy", "mean") else None, n)


def _solver(plan: Record) -> dict[str, str]:
    """What stood around the model belongs to what was tested."""
    names = [str(step.get("solver")) for step in get(plan, "steps", list) or () if isinstance(step, dict)]
    return {"solver": "+".join(names)} if names else {}

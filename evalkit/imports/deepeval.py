"""DeepEval: a test run (``test_run_*.json`` or ``.latest_test_run.json``), single-turn or conversational."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.imports.imported import Answer, ImportedEvaluation, ImportedRun, Scale, Subject
from evalkit.imports.messages import objects, trajectory
from evalkit.imports.origin import chat_text, file_moment, message, redact, settings, word
from evalkit.imports.reading import amount, get, number, read_json, refuse

Record = Mapping[str, Any]

_LISTS = ("test_cases", "conversational_test_cases")


def claims(path: Path, head: Any) -> bool:
    """Test cases with the metrics of each, in the object or under ``testRunData``."""
    run = _unwrapped(head)
    return isinstance(run, dict) and any(_snake(key) in _LISTS for key in run)


def read_run(path: Path) -> ImportedRun:
    """One test run. Raises UsageError that names file and key."""
    run = _unwrapped(read_json(path))
    if not isinstance(run, dict):
        refuse(path, "is not a test run")
    run = {_snake(key): value for key, value in run.items()}
    if not any(isinstance(run.get(key), list) for key in _LISTS):
        refuse(path, "has no 'testCases'")
    cases = [_flat(case, path) for key in _LISTS for case in run.get(key) or ()]
    if not cases:
        refuse(path, "testCases is empty")
    hyper = get(run, "hyperparameters", dict) or {}
    answers = tuple(_answers(sorted(cases, key=lambda case: number(case.get("order")) or 0.0)))
    evaluation = ImportedEvaluation(
        str(run.get("test_file") or run.get("identifier") or "deepeval"),
        Subject(redact(str(hyper.get("model") or "unknown")), None, settings(hyper)),
        answers=answers,
        scales=_scales(cases),
    )
    started = file_moment(path)
    seconds = number(run.get("run_duration"))
    return ImportedRun((path,), started, started + seconds if seconds else None, (evaluation,))


def _answers(cases: Sequence[Record]) -> Iterator[Answer]:
    inputs: dict[str, set[str]] = {}
    for case in cases:
        inputs.setdefault(str(case.get("name")), set()).add(_text(case))
    seen: Counter[str] = Counter()
    for case in cases:
        text, output = _text(case), _output(case)
        name = str(case.get("name"))
        # A name that stands for several inputs names none of them.
        sample_id = name if case.get("name") and len(inputs[name]) == 1 else text[:80]
        contexts = get(case, "retrieval_context", list)
        error = None if output is not None else "no output"
        response = Response(
            output,
            sample_id,
            seen[sample_id],
            text,
            error,
            cost_usd=amount(case.get("token_cost"), "cost_usd"),
            latency_s=amount(case.get("completion_time"), "latency_s"),
            contexts=None if contexts is None else tuple(map(str, contexts)),
            tool_calls=objects(case, "tools_called"),
            trajectory=trajectory(case.get("turns")),
        )
        seen[sample_id] += 1
        target = case.get("expected_output", case.get("expected_outcome"))
        yield Answer(Sample(sample_id, text, target), response, () if error else tuple(_scores(case)))


def _scores(case: Record) -> Iterator[Score]:
    metrics = _metrics(case)
    broken = next((message(each["error"]) for each in metrics if each.get("error")), None)
    passed = None if broken else number(case.get("success"))
    yield Score("pass", passed, error=broken if broken else None if passed is not None else "was not judged")
    for each in metrics:
        value = None if each.get("error") else number(each.get("score"))
        reason = message(each["reason"]) if each.get("reason") else None
        failed = None if value is not None else message(each.get("error") or "was not scored")
        yield Score(word(each.get("name")), value, None, reason, failed)


def _scales(cases: Sequence[Record]) -> dict[str, Scale]:
    """``pass`` and the metrics that every case has."""
    names = [{word(each.get("name")): each for each in _metrics(case)} for case in cases]
    shared = [name for name in names[0] if name != "pass" and all(name in each for each in names)]
    return {
        "pass": Scale("deepeval:pass|" + "|".join(_judged(names[0][name]) for name in shared)),
        **{
            name: Scale(f"deepeval:{_judged(names[0][name], with_threshold=False)}", is_share=True)
            for name in shared
        },
    }


def _judged(metric: Record, *, with_threshold: bool = True) -> str:
    parts = [str(metric.get("name"))]
    if with_threshold:
        parts.append(f"threshold:{metric.get('threshold')}")
    if metric.get("strict_mode"):
        parts.append("strict")
    if metric.get("evaluation_model"):
        parts.append(f"judge:{redact(str(metric['evaluation_model']))}")
    return ",".join(parts)


def _metrics(case: Record) -> list[dict[str, Any]]:
    rows = case.get("metrics_data") or ()
    return [{_snake(key): value for key, value in row.items()} for row in rows if isinstance(row, dict)]


def _text(case: Record) -> str:
    turns = case.get("turns")
    return chat_text(turns[:-1]) if isinstance(turns, list) and turns else chat_text(case.get("input"))


def _output(case: Record) -> str | None:
    turns = case.get("turns")
    value = turns[-1] if isinstance(turns, list) and turns else case.get("actual_output")
    return None if value is None else chat_text(value)


def _flat(case: Any, path: Path) -> dict[str, Any]:
    if not isinstance(case, dict):
        refuse(path, "a test case is not an object")
    return {_snake(key): value for key, value in case.items()}


def _unwrapped(document: Any) -> Any:
    inner = get(document, "testRunData", dict)
    return document if inner is None else inner


def _snake(key: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", key).lower()

"""promptfoo: an output file of schema 3 (``-o out.json``), or one result a line (``-o out.jsonl``).

Each provider with each prompt is a subject. A test is known by its variables and assertions, so that
reordered tests still meet; equal tests (``--repeat``) are repeats.
Only assertions that every test has become scorers
of their own beside ``pass`` and ``score``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evalkit.core.finish_reason import finish_reason_of
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.subject import DEFAULT_PROMPT
from evalkit.imports.identity import short_hash
from evalkit.imports.imported import Answer, ImportedEvaluation, ImportedRun, Scale, Subject
from evalkit.imports.origin import chat_text, file_moment, message, moment, redact, word
from evalkit.imports.reading import amount, get, need, number, read_json, read_lines, refuse, whole

Record = Mapping[str, Any]

_VERSION = 3
_BROKE = 2  # failureReason: 0 none, 1 an assertion failed, 2 the call did


def claims(path: Path, head: Any) -> bool:
    """An ``evalId`` with results, or lines with a prompt and a test."""
    return isinstance(head, dict) and (
        ("evalId" in head and "results" in head) or {"promptIdx", "testIdx", "success"} <= head.keys()
    )


def read_run(path: Path) -> ImportedRun:
    """Every provider and prompt of one file. Raises UsageError that names file and key."""
    if path.suffix == ".jsonl":
        document: Record = {}
        rows: Sequence[Any] = read_lines(path)
        started = None
    else:
        document = read_json(path)
        if not isinstance(document, dict):
            refuse(path, "is not an object with 'results'")
        results = need(document, "results", dict, path)
        version = need(results, "version", int, path, "results")
        if version != _VERSION:
            refuse(
                path, f"results.version is {version}, known is {_VERSION}", "export with a current promptfoo"
            )
        rows = need(results, "results", list, path, "results")
        started = moment(results.get("timestamp"))
    if not rows:
        refuse(path, "holds no result")
    options = get(document, "runtimeOptions", dict) or {}
    is_partial = any(
        options.get(key) for key in ("filterFirstN", "filterSample", "filterPattern", "filterFailing")
    )
    config = get(document, "config", dict) or {}
    task = get(config, "description", str) or "promptfoo"
    evaluations = tuple(_evaluations(task, rows, document, path))
    return ImportedRun((path,), started or file_moment(path), None, evaluations, is_partial)


def _evaluations(
    task: str, rows: Sequence[Any], document: Record, path: Path
) -> Iterator[ImportedEvaluation]:
    grouped: dict[int, list[Record]] = {}
    for place, row in enumerate(rows):
        if not isinstance(row, dict):
            refuse(path, f"result {place} is not an object")
        grouped.setdefault(need(row, "promptIdx", int, path, f"results.{place}"), []).append(row)
    labels = list(dict.fromkeys(_label(grouped[index][0]) for index in sorted(grouped)))
    prompts = get(get(document, "results", dict), "prompts", list) or []
    for index in sorted(grouped):
        mine = sorted(grouped[index], key=lambda row: number(row.get("testIdx")) or 0.0)
        label = _label(mine[0])
        name = DEFAULT_PROMPT if len(labels) == 1 else f"prompt-{labels.index(label) + 1}"
        template = get(prompts[index], "raw", str) if index < len(prompts) else None
        shared = _shared(mine)
        yield ImportedEvaluation(
            task,
            Subject(_model(mine[0]), prompt=name, prompt_text=template or label),
            answers=tuple(_answers(mine, shared)),
            scales={name: Scale(f"promptfoo:{name}", is_share=True) for name in ("pass", "score", *shared)},
        )


def _answers(rows: Sequence[Record], shared: Sequence[str]) -> Iterator[Answer]:
    seen: Counter[str] = Counter()
    for row in rows:
        case = get(row, "testCase", dict) or {}
        names = get(row, "vars", dict) or get(case, "vars", dict) or {}
        variables = {key: value for key, value in names.items() if not key.startswith("__")}
        sample_id = _sample_id(case, variables)
        sample = Sample(sample_id, _input(variables), _target(case, row), variables)
        response = _response(row, sample_id, seen[sample_id])
        seen[sample_id] += 1
        yield Answer(sample, response, () if response.error else tuple(_scores(row, shared)))


def _response(row: Record, sample_id: str, repeat: int) -> Response:
    given = get(row, "response", dict) or {}
    output = given.get("output")
    failed = given.get("error") or (row.get("error") if row.get("failureReason") == _BROKE else None)
    error = message(failed) if failed else "no output" if output is None else None
    tokens = get(row, "tokenUsage", dict) or {}
    reason = get(given, "finishReason", str)
    latency = amount(row.get("latencyMs"), "latency_s")
    return Response(
        None if error else chat_text(output) if isinstance(output, str | list) else _input(output),
        sample_id,
        repeat,
        chat_text((get(row, "prompt", dict) or {}).get("raw")),
        error,
        "refusal" if given.get("isRefusal") is True else finish_reason_of(reason),
        whole(tokens.get("prompt")),
        whole(tokens.get("completion")),
        amount(row.get("cost"), "cost_usd") or None,  # 0 is written where no price is known
        None if latency is None or error else latency / 1000,
        is_cached=given.get("cached") is True,
        vendor_finish_reason=reason,
        reasoning_tokens=whole((get(tokens, "completionDetails", dict) or {}).get("reasoning")),
    )


def _scores(row: Record, shared: Sequence[str]) -> Iterator[Score]:
    grading = get(row, "gradingResult", dict) or {}
    reason = message(grading["reason"]) if grading.get("reason") else None
    passed = number(row.get("success"))
    yield Score("pass", passed, None, reason, None if passed is not None else "was not scored")
    score = number(row.get("score"))
    yield Score("score", score, None, None, None if score is not None else "no number")
    named = dict(_named(row))
    for name in shared:
        value = number(named.get(name))
        yield Score(name, value, None, None, None if value is not None else "no number")


def _shared(rows: Sequence[Record]) -> list[str]:
    """What every test that was answered was asked beside passing, in the order of the first."""
    graded = [dict(_named(row)) for row in rows if isinstance(row.get("gradingResult"), dict)]
    first = graded[0] if graded else {}
    return [name for name in first if name not in ("pass", "score") and all(name in each for each in graded)]


def _named(row: Record) -> Iterator[tuple[str, Any]]:
    grading = get(row, "gradingResult", dict) or {}
    seen: Counter[str] = Counter()
    for part in get(grading, "componentResults", list) or ():
        assertion = get(part, "assertion", dict) or {}
        name = word(assertion.get("metric") or assertion.get("type") or "assertion")
        seen[name] += 1
        yield (name if seen[name] == 1 else f"{name}/{seen[name]}"), _of(part, "score")
    for key, value in (get(row, "namedScores", dict) or {}).items():
        if word(key) not in seen:
            yield word(key), value


def _of(record: Any, key: str) -> Any:
    return record.get(key) if isinstance(record, dict) else None


def _sample_id(case: Record, variables: Record) -> str:
    name = get(case, "description", str) or ", ".join(str(value) for value in variables.values()) or "test"
    asserted = [{"type": each.get("type"), "value": each.get("value")} for each in _asserted(case)]
    return f"{' '.join(name.split())[:40]}#{short_hash([variables, asserted])[:8]}"


def _asserted(case: Record) -> list[Record]:
    return [each for each in get(case, "assert", list) or () if isinstance(each, dict)]


def _target(case: Record, row: Record) -> Any:
    """What an assertion of equality holds the output to, if there is one."""
    for part in get(get(row, "gradingResult", dict), "componentResults", list) or ():
        if get(get(part, "assertion", dict), "type", str) == "equals":
            rendered = get(get(part, "metadata", dict), "renderedAssertionValue", str)
            return rendered if rendered is not None else part["assertion"].get("value")
    return next((each.get("value") for each in _asserted(case) if each.get("type") == "equals"), None)


def _label(row: Record) -> str:
    prompt = get(row, "prompt", dict) or {}
    return str(prompt.get("label") or prompt.get("raw") or "")


def _model(row: Record) -> str:
    provider = row.get("provider")
    if isinstance(provider, dict):
        provider = provider.get("label") or provider.get("id")
    return redact(str(provider or "unknown"))


def _input(value: Any) -> str:
    import json

    if isinstance(value, dict) and len(value) == 1:
        value = next(iter(value.values()))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)

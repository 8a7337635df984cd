"""OpenAI evals: a record of ``oaieval``: a ``spec`` line, events by sample, a ``final_report`` line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.imports.imported import Answer, Figure, ImportedEvaluation, ImportedRun, Scale, Subject
from evalkit.imports.origin import chat_text, file_moment, message, moment, redact, settings, word
from evalkit.imports.reading import get, need, number, read_lines, refuse, whole

Record = Mapping[str, Any]

#: The standard error of the accuracy, as oaieval spells it.
_SPREADS = ("boostrap_std", "bootstrap_std")
_ACCURACY = "accuracy"


def claims(path: Path, head: Any) -> bool:
    """A first line with a ``spec`` that names an eval."""
    return "eval_name" in (get(head, "spec", dict) or {})


def read_run(path: Path) -> ImportedRun:
    """One record. Raises UsageError that names file and key."""
    lines = read_lines(path)
    if not lines:
        refuse(path, "is empty")
    spec = need(lines[0], "spec", dict, path)
    task = need(spec, "eval_name", str, path, "spec")
    events = [line for line in lines if "type" in line]
    report = next((get(line, "final_report", dict) for line in lines if "final_report" in line), None)
    answers = tuple(_answers(events))
    figures = tuple(_figures(report or {}, len(answers)))
    if not answers and not figures:
        refuse(path, "holds neither samples nor a final_report")
    config = get(spec, "run_config", dict) or {}
    names = dict.fromkeys(score.scorer for each in answers for score in each.scores)
    evaluation = ImportedEvaluation(
        task,
        Subject(_model(spec), None, settings(config.get("initial_settings"))),
        {"base_eval": spec.get("base_eval"), "split": spec.get("split")},
        {"seed": config.get("seed")},
        answers,
        {name: _scale(name) for name in names if _is_shared(name, answers)},
        figures,
    )
    times = [found for line in events if (found := moment(line.get("created_at"))) is not None]
    started = min(times, default=None) or moment(spec.get("created_at")) or file_moment(path)
    is_finished = report is not None
    is_partial = not is_finished or config.get("max_samples") is not None
    return ImportedRun((path,), started, max(times, default=None), (evaluation,), is_partial, is_finished)


def _answers(events: Sequence[Record]) -> Iterator[Answer]:
    by_sample: dict[str, list[Record]] = {}
    for event in events:
        if event.get("sample_id") is not None:
            by_sample.setdefault(str(event["sample_id"]), []).append(event)
    for sample_id, mine in by_sample.items():
        yield from _of_sample(sample_id, mine)


def _of_sample(sample_id: str, events: Sequence[Record]) -> Iterator[Answer]:
    """One answer for each match, one in all where there is none; a repeat for each further match."""
    data: dict[str, list[Record]] = {}
    for event in events:
        data.setdefault(str(event["type"]), []).append(get(event, "data", dict) or {})
    sampled, matches = data.get("sampling", []), data.get("match", [])
    metrics = {k: v for each in data.get("metrics", []) for k, v in each.items() if number(v) is not None}
    failed = next(iter(data.get("error", [])), None)
    raw = next(iter(data.get("raw_sample", [])), {})
    for repeat in range(max(len(matches), 1)):
        match = matches[repeat] if matches else {}
        call = sampled[min(repeat, len(sampled) - 1)] if sampled else {}
        text = chat_text(call.get("prompt", match.get("prompt", raw.get("input", ""))))
        target = match.get("expected", raw.get("ideal"))
        output = _output(call, match)
        error = message(failed.get("message")) if failed else "no output" if output is None else None
        usage = get(call, "usage", dict) or {}
        response = Response(
            None if error else output,
            sample_id,
            repeat,
            text,
            error,
            prompt_tokens=whole(usage.get("prompt_tokens")),
            completion_tokens=whole(usage.get("completion_tokens")),
            created_at=moment(events[0].get("created_at")),
            cached_tokens=whole((get(usage, "prompt_tokens_details", dict) or {}).get("cached_tokens")),
            reasoning_tokens=whole(
                (get(usage, "completion_tokens_details", dict) or {}).get("reasoning_tokens")
            ),
        )
        scores = [Score(word(key), number(value)) for key, value in metrics.items()]
        if matches:
            picked = match.get("picked")
            taken = None if picked is None else chat_text(picked)
            scores = [s for s in scores if s.scorer != _ACCURACY]
            scores.insert(0, Score(_ACCURACY, number(match.get("correct")), taken))
        yield Answer(Sample(sample_id, text, target), response, () if error else tuple(scores))


def _output(call: Record, match: Record) -> str | None:
    for value in (match.get("sampled"), call.get("sampled"), match.get("picked")):
        while isinstance(value, list):
            value = value[0] if value else None
        if value is not None:
            return str(value)
    return None


def _figures(report: Record, n: int) -> Iterator[Figure]:
    spread = next((number(report.get(key)) for key in _SPREADS if key in report), None)
    for key, value in report.items():
        found = number(value)
        if found is not None and not isinstance(value, str) and key not in _SPREADS:
            name = word(key)
            yield Figure(name, found, _scale(name), spread if key == _ACCURACY else None, n or None)


def _is_shared(name: str, answers: Sequence[Answer]) -> bool:
    return all(each.response.error or any(s.scorer == name for s in each.scores) for each in answers)


def _scale(name: str) -> Scale:
    return Scale(f"openai-evals:{'match' if name == _ACCURACY else name}")


def _model(spec: Record) -> str:
    names = get(spec, "completion_fns", list) or [spec.get("model_name") or "unknown"]
    first = names[0]
    if isinstance(first, dict):
        first = next(iter(get(first, "completions", list) or ["unknown"]))
    return redact(str(first))

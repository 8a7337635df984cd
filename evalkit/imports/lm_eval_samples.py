"""The samples of lm-evaluation-harness: one line for each document and filter."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.imports.imported import Answer, Scale
from evalkit.imports.origin import word
from evalkit.imports.reading import number, read_lines, refuse

Record = Mapping[str, Any]


def read_samples(
    path: Path, scales: Mapping[str, Scale]
) -> tuple[tuple[Answer, ...], tuple[str, ...], tuple[str, ...] | None]:
    """The answers, the names of their scorers (those of ``scales`` that are numbers for each sample), and the
    choices where all samples have the same. Raises UsageError that names file and key."""
    grouped: dict[str, list[Record]] = {}
    for record in read_lines(path):
        if "doc_id" not in record:
            refuse(path, "has a line without 'doc_id'")
        grouped.setdefault(str(record["doc_id"]), []).append(record)
    if not grouped:
        refuse(path, "holds no sample")
    answers = [_answer(sample_id, records) for sample_id, records in grouped.items()]
    seen = {score.scorer for each in answers for score in each.scores}
    scored = tuple(name for name in scales if name in seen)
    choices = {each.sample.choices for each in answers}
    return tuple(answers), scored, choices.pop() if len(choices) == 1 else None


def _answer(sample_id: str, records: Sequence[Record]) -> Answer:
    first = records[0]
    requests = _requests(first)
    text = requests[0][0] if requests else ""
    scores = tuple(score for record in records for score in _scores(record))
    ranked = _logprobs(first)
    if ranked is None:
        output = _text(first.get("resps"))
        return Answer(
            Sample(sample_id, text, first.get("target")),
            Response(output, sample_id, input=text, error=None if output is not None else "no answer"),
            scores,
        )
    choices = _choices(requests)
    names = choices or tuple(str(i) for i in range(len(ranked)))
    best = names[max(range(len(ranked)), key=ranked.__getitem__)] if ranked else None
    target = first.get("target")
    if choices and str(target).isdecimal() and int(str(target)) < len(choices):
        target = choices[int(str(target))]
    response = Response(
        best,
        sample_id,
        input=text,
        error=None if best else "no answer",
        choice_logprobs=tuple(ranked[: len(names)]),
    )
    return Answer(Sample(sample_id, text, target, choices=choices or None), response, scores)


def _scores(record: Record) -> list[Score]:
    """A number for each metric of the line's filter; what is aggregated from pairs of texts is none."""
    filter_name = str(record.get("filter", "none"))
    taken = _text(record.get("filtered_resps")) if _logprobs(record) is None else None
    found = []
    for metric in record.get("metrics") or ():
        value = number(record.get(metric))
        if value is not None and not isinstance(record.get(metric), str):
            name = word(metric if filter_name == "none" else f"{metric}/{filter_name}")
            found.append(Score(name, value, taken))
    return found


def _requests(record: Record) -> list[tuple[str, str]]:
    """Context and continuation of each request; the form of the file is a mapping, once it was a list."""
    arguments = record.get("arguments")
    rows = arguments.values() if isinstance(arguments, dict) else arguments or ()
    pairs = [list(row.values()) if isinstance(row, dict) else list(row) for row in rows]
    return [
        (str(pair[0]), pair[1] if len(pair) > 1 and isinstance(pair[1], str) else "")
        for pair in pairs
        if pair
    ]


def _choices(requests: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The continuations of one context; empty where the contexts differ (the choice stands in them)."""
    if not requests or any(context != requests[0][0] for context, _ in requests if context):
        return ()
    choices = tuple(text.strip() for context, text in requests if context == requests[0][0])
    return choices if len(set(choices)) == len(choices) else ()


def _logprobs(record: Record) -> list[float] | None:
    """Of each request its log-probability, None where the answers are texts."""
    found = []
    for response in record.get("resps") or ():
        while isinstance(response, list) and len(response) == 1:
            response = response[0]
        if not (isinstance(response, list) and len(response) == 2 and str(response[1]) in ("True", "False")):
            return None
        value = number(response[0])
        found.append(-math.inf if value is None else value)
    return found or None


def _text(value: Any) -> str | None:
    while isinstance(value, list):
        if not value:
            return None
        value = value[0]
    return None if value is None else str(value)

"""Whether what was read of another tool can be stored whole: looked at before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any

from evalkit.core.response import Response
from evalkit.core.response_kinds import moment
from evalkit.core.response_values import READERS, usable
from evalkit.core.score import Score
from evalkit.core.text import shown
from evalkit.errors import UsageError
from evalkit.imports.imported import Answer, ImportedEvaluation, ImportedRun

_MOST = 2**31


def check_run(run: ImportedRun) -> None:
    """Raises UsageError, without a place, that names task, sample, field and value of what cannot be."""
    for name, value in (("start", run.started_at), ("end", run.finished_at)):
        try:
            if value is not None:
                moment(value)
        except (ValueError, OverflowError):
            raise UsageError(f"the {name} of the run, {shown(value, 60)}, is not a time") from None
    for evaluation in run.evaluations:
        for problem in _problems(evaluation):
            raise UsageError(f"task {shown(evaluation.task, 60)}: {problem}")


def _problems(evaluation: ImportedEvaluation) -> Iterator[str]:
    seen: set[tuple[str, int]] = set()
    for answer in evaluation.answers:
        key = answer.sample.id, answer.response.repeat
        at = f"sample {shown(key[0], 60)}"
        yield from (f"{at}: {problem}" for problem in _of_answer(answer))
        if key in seen:
            yield f"{at}: repeat {key[1]} appears twice"
        seen.add(key)
    for figure in evaluation.figures:
        if not isfinite(figure.value):
            yield f"{figure.name} {figure.value} is not a number"
        if figure.n is not None and not 0 <= figure.n < _MOST:
            yield f"{figure.name} over {shown(figure.n, 60)} responses"
    if not 0 <= evaluation.n_samples < _MOST:
        yield f"{shown(evaluation.n_samples, 60)} samples"


def _of_answer(answer: Answer) -> Iterator[str]:
    response = answer.response
    if not isinstance(answer.sample.id, str) or not 0 <= response.repeat < _MOST:
        yield f"repeat {shown(response.repeat, 60)} of it cannot be"
    if (response.output is None) == (response.error is None):
        yield "it has neither an output nor an error, or both"
    yield from _of_response(response)
    names = [score.scorer for score in answer.scores]
    if len(set(names)) < len(names):
        yield f"it is scored twice by one scorer of {', '.join(names)}"
    for score in answer.scores:
        yield from _of_score(score)


def _of_response(response: Response) -> Iterator[str]:
    for name in ("output", "error", "input"):
        value: Any = getattr(response, name)
        if not isinstance(value, str | None):
            yield f"{name} {shown(value, 60)} is not a text"
    for name in READERS:
        try:
            usable(name, getattr(response, name))
        except ValueError as error:
            yield str(error)


def _of_score(score: Score) -> Iterator[str]:
    if score.value is None and score.error is None:
        yield f"{score.scorer} has neither a value nor an error"
    if score.value is not None and not isfinite(score.value):
        yield f"{score.scorer} {score.value} is not a number"
    for text in (score.answer, score.explanation, score.error):
        if not isinstance(text, str | None):
            yield f"{score.scorer} says {shown(text, 60)}, which is not a text"

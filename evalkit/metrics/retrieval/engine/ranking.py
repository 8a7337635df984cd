"""A ranked list of documents, and which of them are relevant, as retrieval metrics read both."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.core.text import shown, text_of
from evalkit.errors import MetricError
from evalkit.metrics.references import NO_TARGET


@dataclass(frozen=True, slots=True)
class Judged:
    """One query: the grades of the documents in rank order (0 where not judged), and of all judged ones."""

    ranked: tuple[float, ...]
    judged: tuple[float, ...]


def judge(ranking: Sequence[str], grades: Mapping[str, float]) -> Judged:
    """A ranking against grades. Raises MetricError on a document that appears twice."""
    if len(set(ranking)) < len(ranking):
        twice = next(name for i, name in enumerate(ranking) if name in ranking[:i])
        raise MetricError(f"document {shown(twice)} appears twice in the ranking")
    return Judged(tuple(grades.get(name, 0.0) for name in ranking), tuple(grades.values()))


def read_ranking(output: str) -> list[str]:
    """Document ids, best first, of an output.

    JSON: a list of ids in order, or ids with scores (``{"d1": 0.9}``, ``[["d1", 0.9]]``,
    ``[{"id": "d1", "score": 0.9}]``), sorted as trec_eval does: by score, equal ones by id, both descending.
    Any other text: one id on each line. Raises MetricError on JSON that is neither.
    """
    text = output.strip()
    if not text.startswith(("[", "{")):
        return [line.strip() for line in text.splitlines() if line.strip()]
    try:
        value = json.loads(text)
    except RecursionError:
        raise MetricError(f"the ranking {shown(text)} is nested too deeply") from None
    except ValueError as error:
        raise MetricError(f"the ranking {shown(text)} is not JSON: {error}") from None
    entries = list(value.items()) if isinstance(value, dict) else [_entry(each) for each in value]
    names = [text_of(name) for name, _ in entries]
    scores = [score for _, score in entries]
    if all(score is None for score in scores):
        return names
    if not all(isinstance(score, int | float) and not isinstance(score, bool) for score in scores):
        raise MetricError(f"the ranking {shown(text)} has a score that is not a number")
    return [name for _, name in sorted(zip(scores, names, strict=True), reverse=True)]


def _entry(each: Any) -> tuple[Any, Any]:
    if isinstance(each, dict) and "id" in each:
        return each["id"], each.get("score")
    if isinstance(each, list) and len(each) == 2:
        return each[0], each[1]
    if isinstance(each, str | int):
        return each, None
    raise MetricError(f"the ranking has an entry {shown(each)}", hint="write ids, or [id, score]")


def read_grades(target: Any) -> dict[str, float]:
    """Document id to its grade: a mapping, or a list (or one) of relevant ids, of grade 1; JSON text of
    either. Raises MetricError without a target, and on a grade that is not a number."""
    if isinstance(target, str) and target.lstrip().startswith(("[", "{")):
        try:
            target = json.loads(target)
        except (ValueError, RecursionError):
            raise MetricError(f"the target {shown(target)} is not JSON of relevant documents") from None
    if target is None or target == "":
        raise MetricError(NO_TARGET)
    if not isinstance(target, Mapping):
        names = target if isinstance(target, list | tuple) else [target]
        return {text_of(name): 1.0 for name in names}
    try:
        return {text_of(name): float(grade) for name, grade in target.items()}
    except (TypeError, ValueError):
        raise MetricError(f"the target {shown(target)} has a grade that is not a number") from None

"""What people passed, as samples of a task whose answers are known to be good."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.core.frozen import frozen
from evalkit.core.label import Label
from evalkit.core.run import Evaluation
from evalkit.errors import UsageError
from evalkit.review.conversation import without_keys
from evalkit.store import sample_rows
from evalkit.store.connection import Connection
from evalkit.store.review_content import contents
from evalkit.store.reviews import labels_of


@frozen(slots=True)
class GoldenSamples:
    """Rows of a dataset.

    Attributes:
        rows: the row that was asked about, with ``id``, ``target`` and what people said under ``reviewed``.
        n_short: labelled samples none of whose answers is good enough.
        n_split: those that people are evenly divided about.
    """

    rows: list[dict[str, Any]]
    n_short: int
    n_split: int


def golden_samples(
    connection: Connection,
    evaluations: Sequence[Evaluation],
    at_least: float | None = None,
    assertion: str | None = None,
) -> GoldenSamples:
    """One row for each sample with an answer that people find good: ``target`` is that answer, or the list of
    them.

    Args:
        at_least: mean value from which on an answer is good, on the scale of the labels; by default more than
            half of the reviewers have to pass it.
        assertion: asked of the answer, with the first good one as its value (``similar``, ``equals``).

    Raises UsageError where nobody labelled, and on ratings without ``at_least``.
    """
    good: dict[str, dict[str, tuple[float, int]]] = {}
    rows: dict[str, Mapping[str, Any]] = {}
    judged: dict[str, list[float]] = {}
    for evaluation in evaluations:
        rows |= sample_rows.read(connection, evaluation.evaluation_id)
        for (sample_id, repeat), values in _values(connection, evaluation, at_least).items():
            mean = math.fsum(values) / len(values)
            judged.setdefault(sample_id, []).append(mean)
            key = (evaluation.evaluation_id, sample_id, repeat)
            content = contents(connection, [key]).get(key)
            if content is not None:
                rows.setdefault(sample_id, {"input": content.input})
                if _is_good(mean, at_least):
                    text = without_keys(content).output
                    good.setdefault(sample_id, {})[text] = (mean, len(values))
    if not judged:
        raise UsageError("nobody labelled these answers", hint="'evalkit review' asks people")
    others = [means for sample_id, means in judged.items() if sample_id not in good]
    n_split = sum(at_least is None and 0.5 in means for means in others)
    made = [_row(sample_id, rows[sample_id], good[sample_id], assertion) for sample_id in good]
    return GoldenSamples(made, len(others) - n_split, n_split)


def _values(
    connection: Connection, evaluation: Evaluation, at_least: float | None
) -> dict[tuple[str, int], list[float]]:
    """Values of the labels of each answer; preferences between two say nothing of one."""
    found: dict[tuple[str, int], list[float]] = {}
    for label in labels_of(connection, evaluation.evaluation_id):
        if label.kind == "pairwise":
            continue
        _check(label, at_least)
        found.setdefault((label.sample_id, label.repeat), []).append(label.value)
    return found


def _check(label: Label, at_least: float | None) -> None:
    if label.kind == "rubric" and at_least is None:
        hint = "give the lowest mean of a good answer: --at-least=4"
        raise UsageError("these labels are numbers on a scale", hint=hint)


def _is_good(mean: float, at_least: float | None) -> bool:
    return mean > 0.5 if at_least is None else mean >= at_least


def _row(
    sample_id: str,
    row: Mapping[str, Any],
    good: Mapping[str, tuple[float, int]],
    assertion: str | None,
) -> dict[str, Any]:
    texts = list(good)
    made = {**row, "id": sample_id, "target": texts if len(texts) > 1 else texts[0]}
    made["reviewed"] = {
        "value": round(min(mean for mean, _ in good.values()), 6),
        "n_reviewers": max(n for _, n in good.values()),
    }
    if assertion is not None:
        made["assert"] = [{assertion: texts[0]}]
    return made

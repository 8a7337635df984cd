"""What the reviewers of each response said of it, and how many responses it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evalkit.core.columns import column_of
from evalkit.core.label import Label, united
from evalkit.core.observations import Observations
from evalkit.metrics.human.engine.questions import of_question, reviewed
from evalkit.metrics.metric import Floats


class Opinion(NamedTuple):
    """One response that was reviewed.

    Attributes:
        row: its place in the observations.
        values: what each reviewer said, 0..1.
        inclusion_probability: with which it was picked; the largest where it was picked several times.
    """

    row: int
    values: tuple[float, ...]
    inclusion_probability: float


def pass_fail_labels(observations: Observations, question: str | None, metric: str) -> list[Label]:
    """Those that answer the question. Raises MetricError where several questions are left."""
    labels = [each for each in reviewed(observations).labels if each.kind == "pass_fail"]
    return of_question(labels, question, metric)


def opinions(observations: Observations, labels: Sequence[Label]) -> list[Opinion]:
    """One for each response that came and has a label, in the order of the observations. What one reviewer
    said twice of the same response is averaged."""
    found: dict[tuple[str, int], dict[str, list[Label]]] = {}
    for each in united(labels):
        found.setdefault((each.sample_id, each.repeat), {}).setdefault(each.reviewer, []).append(each)
    responses = observations.responses
    repeats, errors = column_of(responses, "repeat"), column_of(responses, "error")
    keys = list(zip(observations.sample_ids, repeats, strict=True))
    rows = (row for row, key in enumerate(keys) if key in found and errors[row] is None)
    return [_opinion(row, list(found[keys[row]].values())) for row in rows]


def _opinion(row: int, by_reviewer: Sequence[Sequence[Label]]) -> Opinion:
    values = tuple(sum(each.value for each in its) / len(its) for its in by_reviewer)
    return Opinion(row, values, max(each.inclusion_probability for its in by_reviewer for each in its))


def weights(found: Sequence[Opinion], n_responses: int) -> Floats:
    """(n,) how many of ``n_responses`` each stands for: the inverse of its probability.

    What was picked at random stands for no more than what was not picked for certain: answers that were drawn
    for two reviews would count twice.
    """
    probabilities = np.array([each.inclusion_probability for each in found], dtype=np.float64)
    weights = 1 / probabilities
    is_random = probabilities < 1
    total, room = float(weights[is_random].sum()), n_responses - int(np.count_nonzero(~is_random))
    if total > room > 0:
        weights[is_random] *= room / total
    return weights

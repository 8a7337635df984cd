"""The metrics of an imported evaluation: computed from its answers, or as the origin reports them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isclose
from typing import Any

from evalkit.comparisons.estimate import estimate
from evalkit.core.estimate import Estimate
from evalkit.core.gate import MetricSpec
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.gates.deciding.unpaired import reported_interval
from evalkit.imports.imported import Answer, Figure, ImportedEvaluation, Scale
from evalkit.metrics.always import ALWAYS
from evalkit.metrics.base import BaseMetric, ResponseMetric
from evalkit.metrics.external.imported import Imported
from evalkit.metrics.open import metric_class, open_metric

Specs = dict[str, list[Any]]


def observe(evaluation: ImportedEvaluation) -> Observations:
    """The answers as parallel columns; what a scorer did not score is an error that says so."""
    answers = evaluation.answers
    columns = {
        name: [_score(each.response, each.scores, name) for each in answers] for name in evaluation.scales
    }
    return Observations(
        [each.sample.id for each in answers],
        [each.sample.target for each in answers],
        [each.response for each in answers],
        columns,
        evaluation.labels,
        {name: scale.signature for name, scale in evaluation.scales.items()},
    )


def measure(evaluation: ImportedEvaluation) -> tuple[Specs, list[Estimate]]:
    """Specs of what can be computed from the answers again, and every number.

    Where the origin reports another number than the mean of its own scores (another reduction, a metric over
    the whole set), its number is kept and cannot be paired.
    """
    observations = observe(evaluation)
    figures = {figure.name: figure for figure in evaluation.figures}
    specs: Specs = {}
    numbers = []
    for label, spec in _specs(evaluation, observations).items():
        found = estimate(open_metric(MetricSpec(*spec)), label, observations)
        if label not in figures or _agree(found, figures[label]):
            figures.pop(label, None)
            specs[label] = spec
            numbers.append(found)
    return specs, [*(_reported(each) for each in figures.values()), *numbers]


def is_binary(scores: Sequence[Score]) -> bool:
    """Whether there are values and all of them are 0 or 1."""
    values = {score.value for score in scores if score.value is not None}
    return bool(values) and values <= {0.0, 1.0}


def _specs(evaluation: ImportedEvaluation, observations: Observations) -> Specs:
    specs: Specs = {}
    for name, scale in evaluation.scales.items():
        params: dict[str, Any] = {"scorer": name}
        scores = observations.scores[name]
        if is_binary(scores):
            params["kind"] = "binary"
        elif scale.is_share and all(0 <= score.value <= 1 for score in scores if score.value is not None):
            params["bounds"] = [0.0, 1.0]
        if not scale.is_higher_better:
            params["is_higher_better"] = False
        specs[name] = ["imported", params]
    if evaluation.answers:
        specs.setdefault("error_rate", ["error_rate", {}])
    for name in ALWAYS:
        if _is_carried(metric_class(name), evaluation.answers):
            specs.setdefault(name, [name, {}])
    return specs


def _is_carried(metric: type[BaseMetric], answers: Sequence[Answer]) -> bool:
    """Whether an answer has the field of a Response that the metric is computed from."""
    if not issubclass(metric, ResponseMetric) or metric.field is None:
        return False
    return any(getattr(each.response, metric.field) is not None for each in answers)


def _score(response: Response, scores: tuple[Score, ...], name: str) -> Score:
    found = next((score for score in scores if score.scorer == name), None)
    return found or Score(name, error=response.error or "was not scored")


def _agree(found: Estimate, figure: Figure) -> bool:
    return found.value is not None and isclose(found.value, figure.value, rel_tol=1e-6, abs_tol=1e-9)


def _reported(figure: Figure) -> Estimate:
    low, high = (None, None) if figure.stderr is None else reported_interval(figure.value, figure.stderr)
    return Estimate(
        figure.name,
        figure.value,
        low,
        high,
        figure.n or 0,
        reported_signature(figure.name, figure.scale),
        figure.scale.is_higher_better,
    )


def reported_signature(name: str, scale: Scale) -> str:
    """The signature that the same metric has where the samples are there."""
    signatures: Mapping[str, str] = {name: scale.signature}
    return Imported(name).signature(Observations([], [], [], {name: []}, None, signatures))

"""evalkit's metrics as modules of Hugging Face evaluate.

``evaluate_module("cider_d")`` is one; where evaluate wants a script, two lines are one::

    from evalkit.bridges.evaluate_module import module_class

    CiderD = module_class("cider_d")
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from evalkit.core.gate import MetricSpec
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.task import ScorerSpec
from evalkit.core.text import text_of
from evalkit.errors import EvalkitError, MetricError, MissingExtraError
from evalkit.metrics.metric import Metric
from evalkit.metrics.open import open_metric
from evalkit.registry import METRICS
from evalkit.scorers.open import open_scorer
from evalkit.scorers.scorer import Scorer


def evaluate_module(name: str) -> Any:
    """The metric ``name`` as an ``evaluate.Metric``: see ``module_class``."""
    return module_class(name)()


@cache
def module_class(name: str) -> Any:
    """The class of ``evaluate.Metric`` that computes the metric ``name``.

    Its ``compute(predictions=…, references=…, **parameters)`` takes texts, or numbers, with one reference or
    a list of references for each, and the parameters that a task file would give; ``scorer`` may be one with
    parameters of its own (``{"exact_match": {"ignore_case": True}}``). It returns ``{name: value}``, the
    value that a task would get, and raises ValueError where the metric is not defined over what it was given.

    Raises UnknownNameError on an unknown name, MissingExtraError without the package evaluate.
    """
    METRICS.get(name)
    try:
        import datasets
        import evaluate
    except ImportError:
        raise MissingExtraError(
            "modules of evaluate need the package evaluate", hint="pip install 'pytest-evalkit[evaluate]'"
        ) from None
    text, number = datasets.Value("string"), datasets.Value("float64")

    class EvaluateModule(evaluate.Metric):  # type: ignore[misc]
        def _info(self) -> Any:
            return evaluate.MetricInfo(
                description=f"The metric {name!r} of evalkit.",
                citation="",
                inputs_description="predictions: texts or numbers; references: one, or a list, for each.",
                features=[
                    datasets.Features({"predictions": text, "references": datasets.Sequence(text)}),
                    datasets.Features({"predictions": text, "references": text}),
                    datasets.Features({"predictions": number, "references": number}),
                ],
            )

        def _compute(self, predictions: Any, references: Any, **parameters: Any) -> dict[str, float]:
            return {name: compute(name, predictions, references, **parameters)}

    return EvaluateModule


def compute(
    name: str, predictions: Sequence[Any], references: Sequence[Any], scorer: Any = None, **parameters: Any
) -> float:
    """The metric over parallel predictions and references. Raises ValueError where it is not defined."""
    try:
        metric = open_metric(MetricSpec(name, parameters))
        observed = _observed(metric, scorer, list(map(_text, predictions)), list(map(_target, references)))
        return float(metric.aggregate(_rows(metric, observed))[0])
    except EvalkitError as error:
        raise ValueError(str(error)) from None


def _rows(metric: Metric, observed: Observations) -> Any:
    table = metric.table(observed)
    if table.n_failed:
        raise MetricError(
            f"{table.n_failed} of {len(observed)} predictions cannot be read by {metric.name!r}"
        )
    return table.rows


def _observed(metric: Metric, scorer: Any, outputs: Sequence[str], targets: Sequence[Any]) -> Observations:
    ids = [str(index) for index in range(len(outputs))]
    responses = [Response(output) for output in outputs]
    opened = _opened(metric, scorer)
    if opened is None:
        return Observations(ids, targets, responses)
    samples = [Sample(each, "", target) for each, target in zip(ids, targets, strict=True)]
    scores = asyncio.run(_scores(opened, samples, responses))
    return Observations(ids, targets, responses, {opened.name: scores}, None, {opened.name: opened.signature})


def _opened(metric: Metric, scorer: Any) -> Scorer | None:
    if isinstance(scorer, Mapping):
        ((name, parameters),) = scorer.items()
        return open_scorer(ScorerSpec(name, dict(parameters or {})))
    if isinstance(scorer, str):
        return open_scorer(ScorerSpec(scorer))
    implied = metric.default_scorer(has_choices=False)
    return None if implied is None else open_scorer(ScorerSpec(*implied))


async def _scores(scorer: Scorer, samples: Sequence[Sample], responses: Sequence[Response]) -> list[Score]:
    scores = []
    for sample, response in zip(samples, responses, strict=True):
        score = scorer.score(sample, response)
        scores.append(await score if inspect.isawaitable(score) else score)
    return scores


def _text(prediction: Any) -> str:
    return text_of(_plain(prediction))


def _target(reference: Any) -> Any:
    return list(map(_plain, reference)) if isinstance(reference, list | tuple) else _plain(reference)


def _plain(value: Any) -> Any:
    """Whole numbers as such: labels that went through a table of floats are labels again."""
    return int(value) if isinstance(value, float) and value.is_integer() else value

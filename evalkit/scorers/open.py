"""From a scorer's name and parameters in a task to the Scorer."""

from __future__ import annotations

from typing import cast

from evalkit.core.parameters import open_plugin
from evalkit.core.task import ScorerSpec
from evalkit.errors import TaskError, UnknownNameError, did_you_mean
from evalkit.registry import SCORERS, is_sample_metric, scorer_names
from evalkit.scorers.metric_value import open_metric_value
from evalkit.scorers.named import Named
from evalkit.scorers.scorer import Scorer
from evalkit.scorers.settings import ScorerSettings


def open_scorer(spec: ScorerSpec, settings: ScorerSettings | None = None) -> Scorer:
    """The scorer that a task names, with what it needs of the session where ``settings`` has it; a metric
    that can score one sample alone is a scorer too.

    Raises UnknownNameError on an unknown name, and TaskError on an unknown, missing or wrong parameter;
    both say what is near.
    """
    if spec.name in SCORERS:
        scorer = cast(Scorer, open_plugin("scorer", spec.name, SCORERS.get(spec.name), spec.params))
    elif is_sample_metric(spec.name):
        scorer = cast(Scorer, open_metric_value(spec))
    else:
        raise UnknownNameError(f"unknown scorer {spec.name!r}", hint=did_you_mean(spec.name, scorer_names()))
    scorer = scorer if settings is None else scorer.bound(settings)
    if spec.alias is None or spec.alias == scorer.name:
        return scorer
    if spec.alias in SCORERS or is_sample_metric(spec.alias):
        raise TaskError(
            f"scorer {spec.name!r}: name {spec.alias!r} is that of another scorer",
            key="scorers",
            hint="give it a name of its own",
        )
    return cast(Scorer, Named(spec.alias, scorer))

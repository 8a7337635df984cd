"""Which metrics and scorers a Task is evaluated with: those it names, and those that they imply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evalkit.core.gate import MetricSpec
from evalkit.core.sample import Sample
from evalkit.core.task import ScorerSpec, Task
from evalkit.errors import TaskError
from evalkit.metrics.metric import Metric
from evalkit.metrics.open import open_metric
from evalkit.registry import SCORERS
from evalkit.scorers.open import open_scorer
from evalkit.scorers.scorer import Scorer
from evalkit.scorers.settings import ScorerSettings

#: Computed for every evaluation, asked for or not.
OPERATIONAL = (
    "error_rate",
    "latency_p50_s",
    "latency_p95_s",
    "prompt_tokens",
    "completion_tokens",
    "cost_usd",
)

ASSERTS = "asserts"


@dataclass(frozen=True)
class Judgement:
    """How a Task's Responses are judged.

    Attributes:
        scorers: in the order of their scores.
        metrics: label to Metric; the task's own first, then the operational ones.
        specs: label to MetricSpec of the same.
    """

    scorers: tuple[Scorer, ...]
    metrics: Mapping[str, Metric]
    specs: Mapping[str, MetricSpec]


def judgement_of(task: Task, samples: Sequence[Sample], settings: ScorerSettings | None = None) -> Judgement:
    """Open the task's scorers and metrics. Raises UnknownNameError or TaskError on a wrong one."""
    has_assertions = any(sample.assertions for sample in samples)
    scorers: dict[str, Scorer] = {}
    for scorer in [open_scorer(spec, settings) for spec in task.scorers]:
        if scorer.name in scorers:
            raise TaskError(
                f"scorer {scorer.name!r} is named twice",
                key="scorers",
                mend="scores are stored by name: keep one",
            )
        scorers[scorer.name] = scorer
    if has_assertions and ASSERTS not in scorers:
        scorers[ASSERTS] = open_scorer(ScorerSpec(ASSERTS), settings)
    named = task.metric_specs or _default_metrics(task, samples, scorers)
    specs = {spec.label: spec for spec in _with_companions(named)}
    own = {label: open_metric(spec) for label, spec in specs.items()}
    for metric in own.values():
        _add_implied(metric, task, scorers, settings)
    for name in OPERATIONAL:
        specs.setdefault(name, MetricSpec(name))
    metrics = {label: own.get(label) or open_metric(spec) for label, spec in specs.items()}
    return Judgement(tuple(scorers.values()), metrics, specs)


def _with_companions(specs: Sequence[MetricSpec]) -> Iterator[MetricSpec]:
    """Each metric, and after it those that are estimated and stored with it, with its parameters."""
    for spec in specs:
        yield spec
        for name in getattr(open_metric(spec), "companions", ()):
            yield MetricSpec(name, spec.params)


def _default_metrics(
    task: Task, samples: Sequence[Sample], scorers: Mapping[str, Scorer]
) -> tuple[MetricSpec, ...]:
    if scorers:
        metrics = {spec.name: MetricSpec(spec.name, spec.params) for spec in task.scorers}
        return tuple(MetricSpec(f"mean:{name}") if name in SCORERS else metrics[name] for name in scorers)
    if any(sample.target is not None for sample in samples):
        return (MetricSpec("accuracy"),)
    return ()


def _add_implied(
    metric: Metric, task: Task, scorers: dict[str, Scorer], settings: ScorerSettings | None
) -> None:
    if not metric.scorers or any(name in scorers for name in metric.scorers):
        return
    implied = metric.default_scorer(has_choices=task.choices is not None)
    if implied is not None:
        scorer = open_scorer(ScorerSpec(*implied), settings)
        scorers.setdefault(scorer.name, scorer)

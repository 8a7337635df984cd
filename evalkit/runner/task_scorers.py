"""Which metrics and scorers a Task is evaluated with: those it names, and those that they imply."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from evalkit.core.frozen import frozen
from evalkit.core.gate import MetricSpec
from evalkit.core.sample import Sample
from evalkit.core.task import ScorerSpec, Task
from evalkit.errors import TaskError, UnknownNameError, did_you_mean
from evalkit.metrics.always import ALWAYS
from evalkit.metrics.graded.mean import Mean
from evalkit.metrics.metric import Metric
from evalkit.metrics.open import open_metric
from evalkit.metrics.reading import base_name, parted
from evalkit.registry import is_sample_metric
from evalkit.runner.score_sources import ScoreSources, reads_scores
from evalkit.runner.unfilled import fields_of, refuse_unfilled
from evalkit.scorers.custom.asserts import bind_assertions
from evalkit.scorers.named import Named
from evalkit.scorers.open import open_scorer
from evalkit.scorers.scorer import Scorer
from evalkit.scorers.settings import ScorerSettings

ASSERTS = "asserts"


@frozen
class TaskScoring:
    """How a Task's Responses are scored.

    Attributes:
        scorers: in the order of their scores.
        metrics: label to Metric; the task's own first, then the operational ones.
        specs: label to MetricSpec of the same.
    """

    scorers: tuple[Scorer, ...]
    metrics: Mapping[str, Metric]
    specs: Mapping[str, MetricSpec]


def scoring_of(task: Task, samples: Sequence[Sample], settings: ScorerSettings | None = None) -> TaskScoring:
    """Open the task's scorers and metrics, and settle which scores each metric reads.

    Raises UnknownNameError or TaskError on a wrong one, with ``key`` where it stands in the task.
    """
    fields = fields_of(samples)
    scorers = _named_scorers(task, settings, fields)
    for sample in samples:
        for each in sample.assertions:
            refuse_unfilled(each.name, each.params, fields, f"sample {sample.id!r}: ")
    named = {name: _base(scorer) for name, scorer in scorers.items()}
    if any(sample.assertions for sample in samples) and ASSERTS not in scorers:
        scorers[ASSERTS] = open_scorer(ScorerSpec(ASSERTS), settings)
    if ASSERTS in scorers and settings is not None:
        bind_assertions((each for sample in samples for each in sample.assertions), settings)
    wanted = task.metric_specs or _default_metrics(task, samples, scorers)
    specs = {spec.label: spec for spec in _with_companions(task, wanted)}
    metrics = {label: _opened(task, spec) for label, spec in specs.items()}
    sources = ScoreSources(task, named, metrics)
    chosen: dict[str, str] = {}
    for label, metric in metrics.items():
        if not reads_scores(metric):
            continue
        with located(task, specs[label]):
            source = sources.choose(label, metric, [name for name in scorers if name not in named])
        if isinstance(source, ScorerSpec):
            scorer = open_scorer(source, settings)
            source = scorers.setdefault(scorer.name, scorer).name
        chosen[label] = source
    for label, source in chosen.items():
        with located(task, specs[label]):
            specs[label] = _pinned(specs[label], metrics[label], source, scorers)
        metrics[label] = open_metric(specs[label])
    for name in ALWAYS:
        specs.setdefault(name, MetricSpec(name))
    metrics = {label: metrics.get(label) or open_metric(spec) for label, spec in specs.items()}
    return TaskScoring(tuple(scorers.values()), metrics, specs)


def _named_scorers(task: Task, settings: ScorerSettings | None, fields: Collection[str]) -> dict[str, Scorer]:
    scorers: dict[str, Scorer] = {}
    for index, spec in enumerate(task.scorers):
        with at_key(f"scorers.{index}"):
            scorer = open_scorer(spec, settings)
            refuse_unfilled(spec.name, spec.params, fields)
            if scorer.name in scorers:
                hint = "scores are stored by name: keep one, or give it a 'name:' of its own"
                raise TaskError(f"scorer {scorer.name!r} is named twice", hint=hint)
            scorers[scorer.name] = scorer
    return scorers


def _base(scorer: Scorer) -> str:
    return base_name(scorer.name, {scorer.name: scorer.signature})


def _opened(task: Task, spec: MetricSpec) -> Metric:
    with located(task, spec):
        return open_metric(spec)


def _pinned(spec: MetricSpec, metric: Metric, source: str, scorers: Mapping[str, Scorer]) -> MetricSpec:
    """The spec that reads ``source`` wherever the scores are read again; mostly it does so as it stands."""
    bases = {name: _base(each) for name, each in scorers.items()}
    readable = metric.readable(bases)
    if readable[:1] != [source] and metric.scorer is None:
        spec = replace(spec, params={**spec.params, "scorer": source})
    scorer, value = scorers[parted(source, bases)[0]], parted(source, bases)[1]
    if value is not None and value not in scorer.values:
        what = f"metric {spec.label!r}: scorer {scorer.name!r} has no value {value!r}"
        raise TaskError(what, hint=did_you_mean(value, scorer.values))
    bounds = scorer.bounds if value is None else scorer.values[value].bounds
    is_own = isinstance(scorer, Named) or bounds != metric.bounds  # the class does not know its parameters
    if isinstance(metric, Mean) and is_own and bounds and "bounds" not in spec.params:
        spec = replace(spec, params={**spec.params, "bounds": bounds})
    return spec


def _with_companions(task: Task, specs: Sequence[MetricSpec]) -> Iterator[MetricSpec]:
    """Each metric, and after it those that are estimated and stored with it, with its parameters."""
    for spec in specs:
        yield spec
        _, colon, variant = spec.name.partition(":")
        for name in _opened(task, spec).companions:
            yield MetricSpec(f"{name}{colon}{variant}", spec.params, spec.slice)


def _default_metrics(
    task: Task, samples: Sequence[Sample], scorers: Mapping[str, Scorer]
) -> tuple[MetricSpec, ...]:
    if scorers:
        metrics = {spec.label: MetricSpec(spec.name, spec.params) for spec in task.scorers}
        return tuple(
            metrics[name]
            if is_sample_metric(_base(scorer)) and name in metrics
            else MetricSpec(f"mean:{name}")
            for name, scorer in scorers.items()
        )
    if any(sample.target is not None for sample in samples):
        return (MetricSpec("accuracy"),)
    return ()


@contextmanager
def at_key(key: str) -> Iterator[None]:
    """An error that stands at a key of the task names it."""
    try:
        yield
    except UnknownNameError as error:
        raise TaskError(error.what, key=key, where=error.where, hint=error.hint) from None
    except TaskError as error:
        error.key = key if error.key is None or key.startswith(f"{error.key}.") else error.key
        raise


def located(task: Task, spec: MetricSpec) -> AbstractContextManager[None]:
    """As ``at_key``, at the metric, or the gate that alone names it."""
    for key, entries in (("metrics", task.metrics), ("gates", [gate.metric for gate in task.gates])):
        for index, entry in enumerate(entries):
            if entry.label == spec.label:
                return at_key(f"{key}.{index}")
    return at_key("metrics")

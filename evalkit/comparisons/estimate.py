"""A Metric over one evaluation, with the interval that fits its kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import isfinite, isnan

import numpy as np

from evalkit.comparisons.clusters import cluster_codes, group_names, in_order, n_clusters
from evalkit.comparisons.contributions import fitted_interval
from evalkit.comparisons.drawing import draws_of
from evalkit.comparisons.failures import first_failure
from evalkit.comparisons.missing import bounds_of_value
from evalkit.comparisons.pairing import sample_codes, sample_means
from evalkit.comparisons.tables import statistics
from evalkit.core.estimate import Estimate
from evalkit.core.observations import Observations
from evalkit.errors import MetricError, UndefinedError
from evalkit.metrics.metric import Kind, Metric, Table
from evalkit.redaction.redact import redact
from evalkit.stats.bootstrap import Codes, SampleRows
from evalkit.stats.groups import effective_number, group_error
from evalkit.stats.intervals import (
    NO_INTERVAL,
    Interval,
    clustered_wilson_interval,
    effective_wilson_interval,
    quantile_interval,
    unseen_half_width,
    wilson_interval,
)
from evalkit.stats.resampled import bootstrap_interval
from evalkit.stats.tilted import bounded_group_mean, bounded_mean
from evalkit.stats.weighted import weighted_mean_interval


def estimate(metric: Metric, label: str, observations: Observations, confidence: float = 0.95) -> Estimate:
    """The metric's value with its interval; where it has none, an Estimate whose ``error`` says why.

    Intervals by kind: binary Wilson (on the effective number of trials when samples stand several times),
    graded the tilted score interval over samples, which is Student's t where the metric has no bounds,
    corpus a bootstrap over samples, quantile order statistics, total none, weighted the tilted intervals of
    what was picked for certain and of what was drawn, put together, fitted the same of what each row adds.
    Where samples share groups: Wilson
    on the effective number of trials, the tilted interval on a cluster-robust error, a bootstrap over groups
    for corpus and quantile. Metrics of a confusion table are drawn with weight in its empty cells. Values
    that never vary get the width of what n samples may have missed. A mean over samples that were not
    answered equally often is the mean of their means: no sample counts more because it was asked again.
    Never raises MetricError.
    """
    signature, n, n_failed, value, ends, error = "", 0, 0, None, NO_INTERVAL, None
    own_failure, n_groups, is_undefined, bounds = None, None, False, None
    try:
        signature = metric.signature(observations)
        table = statistics(metric, observations)
        n, n_failed, own_failure = table.n_counted, table.n_failed, table.first_failure
        evened = _evened(metric, table)
        groups = cluster_codes(evened.sample_ids, group_names(table, observations))
        value, ends = _measure(metric, evened, groups, 1 - confidence)
        bounds = bounds_of_value(metric, table, observations)
        n_groups = None if groups is None else n_clusters(groups)
    except MetricError as failure:
        error, is_undefined = redact(str(failure)), isinstance(failure, UndefinedError)
    failed = first_failure(observations) or own_failure if n_failed or error else None
    return Estimate(
        metric=label,
        value=value,
        low=None if isnan(ends.low) else ends.low,
        high=None if isnan(ends.high) else ends.high,
        n=n,
        signature=signature,
        is_higher_better=metric.is_higher_better,
        n_failed=n_failed,
        error=error,
        kind=metric.kind,
        first_failure=failed,
        n_groups=n_groups,
        is_undefined=is_undefined,
        worst=None if bounds is None else bounds.worst,
        best=None if bounds is None else bounds.best,
    )


def _measure(metric: Metric, table: Table, groups: Codes | None, alpha: float) -> tuple[float, Interval]:
    if not len(table.rows):
        raise MetricError(f"none of {table.n_failed:,} responses counts")
    value = float(metric.aggregate(table.rows)[0])
    if isnan(value):
        raise UndefinedError(f"{metric.name} is not defined over these {len(table.rows):,} responses")
    if groups is None:
        low, high = _INTERVALS[metric.kind](metric, table, value, alpha)
    else:
        low, high = _GROUPED[metric.kind](metric, table, groups, alpha)
    return value, Interval(_clip(min(low, value), metric), _clip(max(high, value), metric))


def _evened(metric: Metric, table: Table) -> Table:
    """One row for each sample, the mean over its repeats, where samples of a mean have unequally many."""
    is_mean = metric.kind in ("binary", "graded") and not metric.counts_failures
    if not is_mean or not len(table.rows):
        return table
    samples = sample_codes(table.sample_ids)
    counts = np.bincount(samples)
    if counts.min() == counts.max():
        return table
    means = sample_means(SampleRows(table.rows, samples))
    ids = tuple(dict.fromkeys(table.sample_ids))
    return replace(table, rows=means[:, np.newaxis], sample_ids=ids, n_responses=table.n_counted)


def _clip(end: float, metric: Metric) -> float:
    # NaN compares false with everything, so it passes through.
    lowest, highest = metric.bounds
    return lowest if end < lowest else highest if end > highest else end


def _share(metric: Metric, table: Table, value: float, alpha: float) -> Interval:
    samples, n = sample_codes(table.sample_ids), _n_trials(table)
    if n_clusters(samples) == n:
        return wilson_interval(value, n, alpha)
    return clustered_wilson_interval(table.rows[:, 0], samples, alpha, n)


def _mean(metric: Metric, table: Table, value: float, alpha: float) -> Interval:
    samples = sample_codes(table.sample_ids)
    mean = bounded_mean(sample_means(SampleRows(table.rows, samples)), *metric.bounds)
    return mean.interval(alpha) if mean.error > 0 else _unvaried(metric, value, n_clusters(samples), alpha)


def _resampled(metric: Metric, table: Table, value: float, alpha: float) -> Interval:
    samples = sample_codes(table.sample_ids)
    return _of_draws(metric, SampleRows(table.rows, samples), value, n_clusters(samples), alpha)


def _of_draws(metric: Metric, side: SampleRows, value: float, n_units: float, alpha: float) -> Interval:
    """The interval of a bootstrap over the units (samples, or groups) that ``side`` codes.

    ``n_units`` is how many of equal size weigh as much, for what units that never vary may have missed.
    """
    n = n_clusters(side.samples)
    draws = draws_of(metric, [side], n)[0]
    if 2 * np.count_nonzero(np.isfinite(draws)) < len(draws):
        return NO_INTERVAL
    ends = bootstrap_interval(draws, value, max(1, n - 1), alpha)
    return ends if ends.low < ends.high else _unvaried(metric, value, n_units, alpha)


def _quantile(metric: Metric, table: Table, value: float, alpha: float) -> Interval:
    if len(set(table.sample_ids)) < len(table.sample_ids):
        return _resampled(metric, table, value, alpha)
    values = table.rows[:, 0]
    share = metric.quantile or float(np.mean(values <= value))
    return quantile_interval(values, share, alpha) if 0 < share < 1 else NO_INTERVAL


def _total(metric: Metric, table: Table, value: float, alpha: float) -> Interval:
    return NO_INTERVAL


def _weighted(metric: Metric, table: Table, value: float, alpha: float) -> Interval:
    samples = sample_codes(table.sample_ids)
    return _grouped_weighted(metric, table, samples, alpha)


def _grouped_share(metric: Metric, table: Table, groups: Codes, alpha: float) -> Interval:
    values = table.rows[:, 0]
    error, df = group_error(values, groups)
    n = effective_number(groups)
    return effective_wilson_interval(values, error, df, n, alpha, _n_trials(table))


def _grouped_mean(metric: Metric, table: Table, groups: Codes, alpha: float) -> Interval:
    values = table.rows[:, 0]
    mean = bounded_group_mean(values, groups, *metric.bounds)
    if mean.error > 0:
        return mean.interval(alpha)
    return _unvaried(metric, mean.mean, effective_number(groups), alpha)


def _grouped_draws(metric: Metric, table: Table, groups: Codes, alpha: float) -> Interval:
    value, side = float(metric.aggregate(table.rows)[0]), in_order(SampleRows(table.rows, groups))
    return _of_draws(metric, side, value, effective_number(groups), alpha)


def _grouped_weighted(metric: Metric, table: Table, groups: Codes, alpha: float) -> Interval:
    weights = table.rows[:, 1]
    known = weights > 0
    values, (_, its) = table.rows[known, 0] / weights[known], np.unique(groups[known], return_inverse=True)
    clusters = None if n_clusters(its) == len(its) else its
    return weighted_mean_interval(values, weights[known], *metric.bounds, alpha, clusters)


def _fitted(metric: Metric, table: Table, value: float, alpha: float) -> Interval:
    return fitted_interval(metric, table, None, alpha)


def _grouped_total(metric: Metric, table: Table, groups: Codes, alpha: float) -> Interval:
    return NO_INTERVAL


def _unvaried(metric: Metric, value: float, n_samples: float, alpha: float) -> Interval:
    lowest, highest = metric.bounds
    if not isfinite(highest - lowest):
        return Interval(value, value) if n_samples > 1 else NO_INTERVAL
    half = unseen_half_width(n_samples, highest - lowest, alpha)
    return Interval(value - half, value + half)


def _n_trials(table: Table) -> int:
    """Rows, or the responses behind them where rows are means over repeats."""
    are_trials = bool(np.isin(table.rows[:, 0], (0.0, 1.0)).all())
    return len(table.rows) if are_trials else table.n_counted


_INTERVALS: dict[Kind, Callable[[Metric, Table, float, float], Interval]] = {
    "binary": _share,
    "graded": _mean,
    "corpus": _resampled,
    "quantile": _quantile,
    "total": _total,
    "weighted": _weighted,
    "fitted": _fitted,
}

_GROUPED: dict[Kind, Callable[[Metric, Table, Codes, float], Interval]] = {
    "binary": _grouped_share,
    "graded": _grouped_mean,
    "corpus": _grouped_draws,
    "quantile": _grouped_draws,
    "total": _grouped_total,
    "weighted": _grouped_weighted,
    "fitted": fitted_interval,
}

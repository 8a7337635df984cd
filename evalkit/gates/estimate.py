"""A Metric over one evaluation, with the interval that fits its kind."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, isnan

import numpy as np

from evalkit.core.estimate import Estimate
from evalkit.core.observations import Observations
from evalkit.errors import MetricError
from evalkit.gates.failures import first_failure
from evalkit.gates.pairing import sample_codes, sample_means
from evalkit.gates.tables import statistics
from evalkit.metrics.metric import Kind, Metric, Table
from evalkit.stats.bootstrap import Codes, SampleRows, bootstrap
from evalkit.stats.intervals import (
    NO_INTERVAL,
    Interval,
    clustered_error,
    clustered_wilson_interval,
    quantile_interval,
    t_interval,
    unseen_half_width,
    wilson_interval,
)
from evalkit.stats.resampled import bootstrap_interval


def estimate(metric: Metric, label: str, observations: Observations, confidence: float = 0.95) -> Estimate:
    """The metric's value with its interval; where it has none, an Estimate whose ``error`` says why.

    Intervals by kind: binary Wilson (on the effective number of trials when samples stand several times),
    graded Student's t over samples, corpus a bootstrap over samples, quantile order statistics, total none.
    Values that never vary get the width of what n samples may have missed. A mean over samples that were not
    answered equally often is the mean of their means: no sample counts more because it was asked again.
    Never raises MetricError.
    """
    signature, n, n_failed, value, ends, error = "", 0, 0, None, NO_INTERVAL, None
    own_failure = None
    try:
        signature = metric.signature(observations)
        table = statistics(metric, observations)
        n, n_failed, own_failure = table.n_counted, table.n_failed, table.first_failure
        value, ends = _measure(metric, table, 1 - confidence)
    except MetricError as failure:
        error = str(failure)
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
    )


def _measure(metric: Metric, table: Table, alpha: float) -> tuple[float, Interval]:
    if not len(table.rows):
        raise MetricError(f"none of {table.n_failed:,} responses counts")
    if metric.kind in ("binary", "graded") and metric.name != "error_rate":  # which is about responses
        table = _evened(table)
    value = float(metric.aggregate(table.rows)[0])
    if isnan(value):
        raise MetricError(f"{metric.name} is not defined over these {len(table.rows):,} responses")
    low, high = _INTERVALS[metric.kind](metric, table, value, alpha)
    return value, Interval(_clip(min(low, value), metric), _clip(max(high, value), metric))


def _evened(table: Table) -> Table:
    """One row for each sample, the mean over its repeats, where samples do not have equally many."""
    samples = sample_codes(table.sample_ids)
    counts = np.bincount(samples)
    if counts.min() == counts.max():
        return table
    means = sample_means(SampleRows(table.rows, samples))
    ids = tuple(dict.fromkeys(table.sample_ids))
    return Table(means[:, np.newaxis], ids, table.n_failed, table.first_failure, len(table.rows))


def _clip(end: float, metric: Metric) -> float:
    # NaN compares false with everything, so it passes through.
    lowest, highest = metric.bounds
    return lowest if end < lowest else highest if end > highest else end


def _share(metric: Metric, table: Table, value: float, alpha: float) -> Interval:
    samples = sample_codes(table.sample_ids)
    if _n_samples(samples) == table.n_counted:
        return wilson_interval(value, len(samples), alpha)
    return clustered_wilson_interval(table.rows[:, 0], samples, alpha, table.n_counted)


def _mean(metric: Metric, table: Table, value: float, alpha: float) -> Interval:
    samples = sample_codes(table.sample_ids)
    error, df = clustered_error(table.rows[:, 0], samples)
    if error > 0:
        return t_interval(value, error, df, alpha)
    return _unvaried(metric, value, _n_samples(samples), alpha)


def _resampled(metric: Metric, table: Table, value: float, alpha: float) -> Interval:
    samples = sample_codes(table.sample_ids)
    n = _n_samples(samples)
    draws = bootstrap(metric.aggregate, [SampleRows(table.rows, samples)], n)[0]
    if 2 * np.count_nonzero(np.isfinite(draws)) < len(draws):
        return NO_INTERVAL
    ends = bootstrap_interval(draws, value, max(1, n - 1), alpha)
    return ends if ends.low < ends.high else _unvaried(metric, value, n, alpha)


def _quantile(metric: Metric, table: Table, value: float, alpha: float) -> Interval:
    if len(set(table.sample_ids)) < len(table.sample_ids):
        return _resampled(metric, table, value, alpha)
    values = table.rows[:, 0]
    share = getattr(metric, "share", None) or float(np.mean(values <= value))
    return quantile_interval(values, share, alpha) if 0 < share < 1 else NO_INTERVAL


def _total(metric: Metric, table: Table, value: float, alpha: float) -> Interval:
    return NO_INTERVAL


def _unvaried(metric: Metric, value: float, n_samples: int, alpha: float) -> Interval:
    lowest, highest = metric.bounds
    if not isfinite(highest - lowest):
        return Interval(value, value) if n_samples > 1 else NO_INTERVAL
    half = unseen_half_width(n_samples, highest - lowest, alpha)
    return Interval(value - half, value + half)


def _n_samples(samples: Codes) -> int:
    return int(samples.max(initial=-1)) + 1


_INTERVALS: dict[Kind, Callable[[Metric, Table, float, float], Interval]] = {
    "binary": _share,
    "graded": _mean,
    "corpus": _resampled,
    "quantile": _quantile,
    "total": _total,
}

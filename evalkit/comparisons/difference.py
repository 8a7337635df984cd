"""The paired difference of a Metric: its test, its interval at any level, and what it could have seen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import isfinite, isnan, sqrt
from typing import TypedDict

import numpy as np

from evalkit.comparisons.clusters import in_order, n_clusters
from evalkit.comparisons.drawing import draws_of
from evalkit.comparisons.pairing import Pair, sample_means
from evalkit.core.frozen import frozen
from evalkit.errors import MetricError
from evalkit.metrics.metric import Floats, Metric
from evalkit.stats.bootstrap import SampleRows
from evalkit.stats.exchange import exchange_test, has_unequal_counts
from evalkit.stats.groups import effective_number
from evalkit.stats.intervals import (
    Interval,
    clip_to_quantile,
    unseen_half_width,
)
from evalkit.stats.paired import mcnemar, sign_flip_test, tango_interval
from evalkit.stats.power import POWER, n_to_see, visible_binary_drop, visible_drop
from evalkit.stats.resampled import bootstrap_interval, bootstrap_p_values
from evalkit.stats.sides import Sides
from evalkit.stats.tilted import BoundedMean, bounded_group_mean, bounded_mean, n_to_allow

#: With fewer samples, or groups of them, that changed, their spread says too little about those not yet seen.
MIN_CHANGED = 8
#: No bound for p-values.
_ANY = Sides(0.0, 0.0)


class _Groups(TypedDict, total=False):
    n_groups: int
    n_effective: float


@frozen(slots=True)
class Difference:
    """Candidate against baseline over n paired samples, sign turned so that larger is better.

    Attributes:
        n: paired samples.
        n_changed: samples with anything different on the two sides; groups, where they are what varies.
        baseline, candidate: the metric's own values over the paired samples, sign not turned.
        tests: one-sided p-values of the paired test.
        sd: standard deviation over samples: the standard error of ``value`` is sd / sqrt(n).
        scale: the largest move that one sample can make in the metric's per-sample value.
        is_flips: every change is a whole flip (binary scores once per sample).
        interval_at: alpha to the interval of ``value``, as the method alone gives it.
        n_groups: groups of samples, where they are what varies; else None.
        n_effective: as many groups of equal size as those groups weigh.
        mean: the samples' differences, or what groups add to their mean, where the metric is a mean.
    """

    n: int
    n_changed: int
    baseline: float
    candidate: float
    value: float
    tests: Sides
    sd: float
    scale: float
    method: str
    is_flips: bool
    interval_at: Callable[[float], Interval]
    n_groups: int | None = None
    n_effective: float | None = None
    mean: BoundedMean | None = None

    @property
    def n_units(self) -> float:
        """What varies independently: samples, or groups."""
        return self.n if self.n_effective is None else self.n_effective

    def interval(self, alpha: float) -> Interval:
        """The 1 - alpha interval. Where under eight samples changed it also covers what n samples may have
        missed: no change in 5 samples is not proof of no change (Tango's interval knows that by itself)."""
        low, high = self.interval_at(alpha)
        if self.is_flips or self.n_changed >= MIN_CHANGED:
            return Interval(low, high)
        half = unseen_half_width(self.n_units, self.scale, alpha)
        return Interval(float(np.fmin(low, self.value - half)), float(np.fmax(high, self.value + half)))

    def visible_drop(self, alpha: float) -> float | None:
        """The smallest drop that a one-sided test of n samples sees with 80 % power; None where not even the
        largest one is."""
        if self.is_flips or self.n_changed < MIN_CHANGED:
            drop = visible_binary_drop(self.n_units, self.n_changed, alpha)
            return None if drop is None else self.scale * drop
        drop = visible_drop(self.sd, self.n, alpha)
        if self.mean is None:
            return drop
        # A drop is also to be larger than what rises that were not seen could make up for.
        return float(np.fmax(drop, self.mean.interval(2 * alpha).high - self.value))

    def n_to_see(self, drop: float, alpha: float, power: float = POWER) -> int | None:
        """Paired samples at which ``drop`` becomes visible if the samples to come vary as these do, whatever
        difference was seen in them."""
        if not drop > 0:
            return None
        sd = self.sd
        if self.is_flips or self.n_changed < MIN_CHANGED:
            share = max((self.n_changed + 0.5) / (self.n_units + 1), drop / self.scale if self.scale else 0.0)
            of_units = self.scale * sqrt(min(1.0, share)) * sqrt(self.n / self.n_units)
            sd = max(sd if not self.is_flips else 0.0, of_units)
        n = n_to_see(drop, sd, alpha, power)
        return n if n is None or self.mean is None else max(n, n_to_allow(drop, sd, self.mean.high, alpha))


def paired_difference(metric: Metric, pair: Pair, seed: int = 0) -> Difference:
    """The difference by the test that fits the metric's kind, repeats and groups.

    Binary, once per sample: exact McNemar and Tango's score interval. Binary with repeats and graded:
    sign-flip permutation and the tilted score interval on the samples' means. Everything else: paired
    bootstrap over samples. Where samples share groups, whole groups change sides and are drawn: sign flips of
    the groups' sums, the tilted interval on a cluster-robust error, a bootstrap over groups. Where one side
    answered more often than the other, no p-value lies below that of the answers being exchanged. Raises
    MetricError when either side has no value.
    """
    if metric.kind == "binary" and not pair.has_repeats and pair.clusters is None:
        return _flips(metric, pair)
    if metric.kind in ("binary", "graded"):
        return _means(metric, pair, seed)
    return _resampled(metric, pair, seed)


def _flips(metric: Metric, pair: Pair) -> Difference:
    before, after = pair.baseline.rows[:, 0], pair.candidate.rows[:, 0]
    turned = _sign(metric) * (after - before)
    n_wins, n_losses = int(np.count_nonzero(turned > 0)), int(np.count_nonzero(turned < 0))
    return Difference(
        n=pair.n,
        n_changed=n_wins + n_losses,
        baseline=float(before.mean()),
        candidate=float(after.mean()),
        value=(n_wins - n_losses) / pair.n,
        tests=mcnemar(n_wins, n_losses),
        sd=sqrt((n_wins + n_losses) / pair.n),
        scale=1.0,
        method="exact McNemar, Tango interval",
        is_flips=True,
        interval_at=partial(tango_interval, n_wins, n_losses, pair.n),
        mean=bounded_mean(turned, -1.0, 1.0),
    )


def _means(metric: Metric, pair: Pair, seed: int) -> Difference:
    before, after = sample_means(pair.baseline), sample_means(pair.candidate)
    baseline, candidate = float(before.mean()), float(after.mean())
    differences = _sign(metric) * _cleaned(after - before)
    span = metric.bounds[1] - metric.bounds[0]
    if pair.clusters is None:
        moves, by_group = differences, ""
        mean = bounded_mean(differences, -span, span)
    else:
        moves = _cleaned(np.asarray(np.bincount(pair.clusters, weights=differences), dtype=np.float64))
        by_group = " by group"
        mean = bounded_group_mean(differences, pair.clusters, -span, span)
    return Difference(
        n=pair.n,
        n_changed=int(np.count_nonzero(moves)),
        baseline=baseline,
        candidate=candidate,
        value=float(differences.mean()),
        tests=sign_flip_test(moves, seed).at_least(_least_p_values(metric, pair, seed)),
        sd=0.0 if isnan(mean.error) else mean.error * sqrt(pair.n),
        scale=_scale(metric, baseline, candidate),
        method=f"sign-flip permutation{by_group}, {'tilted' if isfinite(span) else 't'} interval{by_group}",
        is_flips=False,
        interval_at=mean.interval,
        mean=mean,
        **_groups(pair),
    )


def _resampled(metric: Metric, pair: Pair, seed: int) -> Difference:
    baseline = float(metric.aggregate(pair.baseline.rows)[0])
    candidate = float(metric.aggregate(pair.candidate.rows)[0])
    for side, value in (("baseline", baseline), ("candidate", candidate)):
        if isnan(value):
            raise MetricError(f"{metric.name} of the {side} is not defined over {pair.n:,} paired samples")
    n_drawn = pair.n if pair.clusters is None else n_clusters(pair.clusters)
    before, after = draws_of(metric, _to_resample(metric, pair), n_drawn, seed)
    draws = _sign(metric) * (after - before)
    draws = draws[np.isfinite(draws)]
    if len(draws) < len(before) / 2:
        raise MetricError(
            f"{metric.name} is not defined on most resamples of {pair.n:,} samples", hint="use more samples"
        )
    value = _sign(metric) * (candidate - baseline)
    df = max(1, n_drawn - 1)
    is_grouped, n_changed = pair.clusters is not None, _n_changed(pair)
    # No test that may exchange the sides of k changed groups gives less than 2^-k.
    least = 2.0**-n_changed if is_grouped else 0.0
    tests = bootstrap_p_values(draws, value, df).at_least(Sides(least, least))
    return Difference(
        n=pair.n,
        n_changed=n_changed,
        baseline=baseline,
        candidate=candidate,
        value=value,
        tests=tests.at_least(_least_p_values(metric, pair, seed)),
        sd=float(draws.std(ddof=1)) * sqrt(pair.n),
        scale=_scale(metric, baseline, candidate),
        method="paired bootstrap by group" if is_grouped else "paired bootstrap",
        is_flips=False,
        interval_at=partial(bootstrap_interval, draws, value, df),
        **_groups(pair),
    )


def _least_p_values(metric: Metric, pair: Pair, seed: int) -> Sides:
    """What the luck of the side with fewer answers allows; 0 where both answered each sample as often."""
    sides = pair.baseline, pair.candidate
    # A total grows with the answers; that is a difference, not luck.
    if metric.kind == "total" or not has_unequal_counts(*sides):
        return _ANY
    is_mean = metric.kind in ("binary", "graded")
    found = exchange_test(metric.aggregate, *sides, seed, is_by_sample=is_mean)
    if found is None:
        return _ANY
    return found if metric.is_higher_better else Sides(found.better, found.worse)


def _groups(pair: Pair) -> _Groups:
    """What a Difference says of its groups; nothing without any."""
    if pair.clusters is None:
        return {}
    return {"n_groups": n_clusters(pair.clusters), "n_effective": effective_number(pair.clusters)}


def _to_resample(metric: Metric, pair: Pair) -> list[SampleRows]:
    sides = [pair.baseline, pair.candidate]
    if pair.clusters is not None:
        return [in_order(SampleRows(side.rows, pair.clusters[side.samples])) for side in sides]
    share = metric.quantile
    if metric.kind != "quantile" or share is None or pair.has_repeats:
        return sides
    return [side._replace(rows=clip_to_quantile(side.rows[:, 0], share)[:, np.newaxis]) for side in sides]


def _n_changed(pair: Pair) -> int:
    """Samples, or groups of them, with a different mean row; repeats in another order are not a change."""
    columns = range(pair.baseline.rows.shape[1])
    changes = [sample_means(pair.candidate, k) - sample_means(pair.baseline, k) for k in columns]
    is_changed = np.any([_cleaned(change) != 0 for change in changes], axis=0)
    if pair.clusters is not None:
        return len(np.unique(pair.clusters[is_changed]))
    return int(np.count_nonzero(is_changed))


def _cleaned(differences: Floats) -> Floats:
    """Differences that are rounding only (means of repeats in another order) become zero."""
    largest = float(np.abs(differences).max(initial=0.0))
    differences[np.abs(differences) < 1e-12 * max(largest, 1e-3)] = 0.0
    return differences


def _scale(metric: Metric, baseline: float, candidate: float) -> float:
    span = metric.bounds[1] - metric.bounds[0]
    return span if isfinite(span) else max(abs(baseline), abs(candidate))


def _sign(metric: Metric) -> float:
    return 1.0 if metric.is_higher_better else -1.0

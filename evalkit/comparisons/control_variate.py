"""A metric over a whole dataset of which a random part was asked, by earlier scores of all of it.

The statistics are ``evalkit.stats.control_variate``. The value of a metric is about the dataset: what a run
of all its samples would have come to. A difference from a baseline is about samples like these, as it is
where all are asked: a part of the dataset never proves what the whole of it could not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil, isfinite, isnan, sqrt

import numpy as np

from evalkit.comparisons.comparable import contents, match
from evalkit.comparisons.compare import Paired
from evalkit.comparisons.difference import Difference
from evalkit.comparisons.pairing import sample_codes, sample_means
from evalkit.comparisons.tables import statistics
from evalkit.core.estimate import Estimate
from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations
from evalkit.errors import MetricError
from evalkit.metrics.metric import Floats, Metric
from evalkit.stats.bootstrap import Codes, SampleRows
from evalkit.stats.control_variate import Corrected, control_variate, n_for_error
from evalkit.stats.intervals import Interval
from evalkit.stats.power import POWER, detection_factor
from evalkit.stats.sides import NOTHING, Sides
from evalkit.stats.student import t_tail

#: What stands in the signature of a metric that was estimated so: it is not the number of its samples alone.
SIGNATURE = "control_variate:v1"
METHOD = "t-test with control variates, tilted interval"
#: With fewer answers nothing is corrected.
LEAST_ANSWERS = 20


@frozen(slots=True)
class Draw:
    """What is known of a dataset of which a random part was asked, for one metric.

    Attributes:
        sample_ids: all N samples.
        drawn: (n,) those that were asked, in the random order of the draw.
        past: (N, k) earlier scores, one column for each earlier evaluation.
    """

    sample_ids: Sequence[str]
    drawn: Codes
    past: Floats


def is_correctable(metric: Metric) -> bool:
    """Whether a metric is the mean of one bounded value for each sample."""
    return (
        metric.kind in ("binary", "graded")
        and all(map(isfinite, metric.bounds))
        and not metric.counts_failures
        and metric.reads_reviews is None
        and metric.role == "quality"
    )


def values_of(metric: Metric, observations: Observations, sample_ids: Sequence[str]) -> Floats:
    """(N,) the mean value of each of ``sample_ids`` over its repeats; NaN where it has none. Raises
    MetricError."""
    table = statistics(metric, observations)
    found: Mapping[str, float] = {}
    if len(table.rows):
        means = sample_means(SampleRows(table.rows, sample_codes(table.sample_ids)))
        found = dict(zip(dict.fromkeys(table.sample_ids), means.tolist(), strict=True))
    return np.array([found.get(sample_id, np.nan) for sample_id in sample_ids])


def known_values(
    now: Mapping[str, str | None], metric: Metric, observations: Observations, *, is_same_dataset: bool
) -> Floats:
    """(N,) stored scores of samples by their content; NaN where there are none, or of another content."""
    ids = list(now)
    try:
        values = values_of(metric, observations, ids)
    except MetricError:
        return np.full(len(ids), np.nan)
    same = set(match(contents(observations), now, is_same_dataset=is_same_dataset).common)
    return np.where([sample_id in same for sample_id in ids], values, np.nan)


def corrected_value(metric: Metric, values: Floats, draw: Draw) -> Corrected | None:
    """The metric over the dataset; None where too few were answered.

    Args:
        values: (N,) today's, NaN where there is none.
    """
    asked = draw.drawn[np.isfinite(values[draw.drawn])]
    if len(asked) < LEAST_ANSWERS:
        return None
    return control_variate(draw.past, asked, values[asked], *metric.bounds)


def value_interval(metric: Metric, found: Corrected, alpha: float) -> Interval:
    """Of the value over the dataset: Wilson's on effective trials for shares, else the tilted one."""
    return found.wilson(alpha) if metric.kind == "binary" else found.mean().interval(alpha)


def corrected_estimate(
    metric: Metric, plain: Estimate, values: Floats, draw: Draw
) -> tuple[Estimate, Corrected] | None:
    """The estimate of the dataset in place of that of the samples that were asked; None where too few were
    answered.

    ``worst`` and ``best`` are what it would be with what failed at either bound.
    """
    found = corrected_value(metric, values, draw)
    if found is None:
        return None
    low, high = value_interval(metric, found, 0.05)
    worst, best = (
        None if plain.worst is None else _filled(metric, values, draw, bound)
        for bound in _worst_first(metric)
    )
    value = replace(
        plain,
        value=_clip(metric, found.value),
        low=_clip(metric, low),
        high=_clip(metric, high),
        worst=worst,
        best=best,
        signature=f"{plain.signature}|{SIGNATURE}",
    )
    return value, found


def _worst_first(metric: Metric) -> tuple[float, float]:
    return metric.bounds if metric.is_higher_better else (metric.bounds[1], metric.bounds[0])


def _filled(metric: Metric, values: Floats, draw: Draw, bound: float) -> float | None:
    found = corrected_value(metric, np.where(np.isnan(values), bound, values), draw)
    return None if found is None else _clip(metric, found.value)


def _clip(metric: Metric, value: float) -> float:
    low, high = metric.bounds
    return value if isnan(value) else min(max(value, low), high)


@frozen(slots=True)
class CorrectedDifference(Difference):
    """The difference over a dataset of which a random part was asked.

    Attributes:
        corrected: the statistics of it.
    """

    corrected: Corrected | None = None

    def n_to_see(self, drop: float, alpha: float, power: float = POWER) -> int | None:
        """Samples to draw at which ``drop`` becomes visible; where all of them do not show it, samples of
        which dataset would."""
        found = self.corrected
        if not drop > 0 or found is None:
            return None
        error, plain = drop / detection_factor(alpha, power), found.plain_variance
        n = n_for_error(error, found.variance, found.n_total, plain / found.n_total)
        return ceil(plain / error**2) if n is None else n


def corrected_difference(
    metric: Metric, plain: Paired, values: Floats, before: Floats, draw: Draw
) -> tuple[Paired, Corrected] | None:
    """The difference over the dataset in place of that of the pairs that were asked; None where too few were
    answered.

    Args:
        plain: of the pairs alone.
        values, before: (N,) today's and the baseline's, NaN where there is none. Samples that the baseline
            lacks are left out of the dataset.
    """
    is_known = np.isfinite(before)
    place = np.cumsum(is_known) - 1
    asked = draw.drawn[is_known[draw.drawn] & np.isfinite(values[draw.drawn])]
    if len(asked) < LEAST_ANSWERS:
        return None
    offset, seen = before[is_known], values[asked]
    found = control_variate(draw.past[is_known], place[asked], seen, *metric.bounds, offset)
    baseline, sign = float(offset.mean()), 1.0 if metric.is_higher_better else -1.0
    moved = _turned(found, baseline, sign)
    mean = moved.mean(of_dataset=False)
    changes = sign * (seen - before[asked])
    is_change = np.abs(changes) > 1e-12
    difference = CorrectedDifference(
        n=len(asked),
        n_changed=int(np.count_nonzero(is_change)),
        baseline=baseline,
        candidate=found.value,
        value=moved.value,
        tests=_tests(moved.value, mean.error, mean.df),
        sd=mean.error * sqrt(len(asked)),
        scale=metric.bounds[1] - metric.bounds[0],
        method=METHOD,
        is_flips=False,
        interval_at=mean.interval,
        mean=mean,
        corrected=found,
    )
    n_wins, n_losses = (int(np.count_nonzero(is_change & (side > 0))) for side in (changes, -changes))
    paired = replace(
        plain,
        difference=difference,
        n_wins=n_wins,
        n_losses=n_losses,
        n_unpaired=int(np.count_nonzero(is_known[draw.drawn])) - len(asked),
        within_sample_noise=None,
        bounds=None,
    )
    return paired, found


def _turned(found: Corrected, baseline: float, sign: float) -> Corrected:
    """As the difference from the baseline, larger being better."""
    low, high = sorted((sign * found.low, sign * found.high))
    value = sign * (found.value - baseline)
    return replace(found, value=value, residuals=sign * found.residuals, low=low, high=high)


def _tests(value: float, error: float, df: float) -> Sides:
    if not error > 0:
        return NOTHING
    return Sides(t_tail(-value / error, df), t_tail(value / error, df))

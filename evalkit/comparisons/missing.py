"""What a number would be if the answers that are missing were all as bad, or all as good, as can be.

Answers that failed are left out, which takes them for answers like the others. Where harder samples fail
more often, that flatters. Nothing in the data says so, but the two ends between which the number lies can be
told, of a mean whose values have bounds (worst-case bounds: Manski 1989, Journal of Human Resources
24:343-360).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import isfinite
from typing import NamedTuple

import numpy as np

from evalkit.comparisons.pairing import pair, sample_codes, sample_means
from evalkit.core.observations import Observations
from evalkit.metrics.metric import Metric, Table
from evalkit.stats.bootstrap import SampleRows


class Bounds(NamedTuple):
    """With every missing answer at its worst and at its best."""

    worst: float
    best: float


def can_fill(metric: Metric) -> bool:
    """Whether a missing answer has a worst and a best value: a mean of values with bounds."""
    is_mean = metric.kind in ("binary", "graded") and not metric.counts_failures
    return is_mean and all(map(isfinite, metric.bounds))


def filled(metric: Metric, table: Table, observations: Observations, *, is_worst: bool) -> Table:
    """The table with a row for each answer that failed, as bad or as good as can be.

    Of a metric over the repeats of a sample each sample that has no row gets one.
    """
    if not table.n_failed or table.is_by_group:
        return table
    asked = (
        observations.sample_ids
        if table.n_responses is None
        else tuple(dict.fromkeys(observations.sample_ids))
    )
    ids = tuple((Counter(asked) - Counter(table.sample_ids)).elements())
    value = metric.bounds[0] if metric.is_higher_better == is_worst else metric.bounds[1]
    rows = np.concatenate((table.rows, np.full((len(ids), table.rows.shape[1]), value)))
    n_responses = None if table.n_responses is None else len(observations)
    return replace(table, rows=rows, sample_ids=table.sample_ids + ids, n_failed=0, n_responses=n_responses)


def bounds_of_value(metric: Metric, table: Table, observations: Observations) -> Bounds | None:
    """Of the mean over samples; None where nothing is missing or nobody can tell."""
    if not table.n_failed or table.is_by_group or not can_fill(metric):
        return None
    worst, best = (filled(metric, table, observations, is_worst=flag) for flag in (True, False))
    return Bounds(_mean(worst), _mean(best))


def bounds_of_difference(
    metric: Metric, tables: tuple[Table, Table], observations: tuple[Observations, Observations]
) -> Bounds | None:
    """Of candidate - baseline, turned so that larger is better; the sides are in the order baseline,
    candidate. At the worst what the candidate misses is wrong, and what the baseline misses right."""
    is_known = can_fill(metric) and not tables[0].is_by_group
    if not is_known or not any(table.n_failed for table in tables):
        return None
    sign = 1.0 if metric.is_higher_better else -1.0
    ends = []
    for is_worst in (True, False):
        both = pair(*fill_pair(metric, tables, observations, is_worst=is_worst))
        ends.append(sign * float((sample_means(both.candidate) - sample_means(both.baseline)).mean()))
    return Bounds(*ends)


def fill_pair(
    metric: Metric,
    tables: tuple[Table, Table],
    observations: tuple[Observations, Observations],
    *,
    is_worst: bool = True,
) -> tuple[Table, Table]:
    """Baseline and candidate as is worst, or best, for the candidate."""
    return (
        filled(metric, tables[0], observations[0], is_worst=not is_worst),
        filled(metric, tables[1], observations[1], is_worst=is_worst),
    )


def _mean(table: Table) -> float:
    return float(sample_means(SampleRows(table.rows, sample_codes(table.sample_ids))).mean())

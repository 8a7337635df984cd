"""Answers that were cut at ``max_tokens``: no wrong answers. Numbers stand with and without them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import ceil, isnan, log
from statistics import median

from evalkit.comparisons.tables import statistics
from evalkit.core.columns import column_of
from evalkit.core.estimate import Estimate
from evalkit.core.observations import Observations
from evalkit.errors import MetricError
from evalkit.metrics.metric import Metric

#: Tokens that a bound is rounded up to.
_STEP = 64
#: The highest bound that is named, in present ones: lengths that were never seen say nothing beyond it.
_MOST_TIMES = 16


def cut_rows(observations: Observations) -> list[int]:
    """The rows of the answers that were cut."""
    reasons = column_of(observations.responses, "finish_reason")
    return [row for row, reason in enumerate(reasons) if reason == "length"]


def with_cut_apart(
    estimates: Mapping[str, Estimate],
    metrics: Mapping[str, Metric],
    observations: Observations,
) -> dict[str, Estimate]:
    """The estimates, each with its value without the cut answers where there are any; what they took is about
    all that came."""
    rows = cut_rows(observations)
    if not rows:
        return dict(estimates)
    from evalkit.comparisons.comparable import at_rows  # most evaluations have no cut answer

    cut = frozenset(rows)
    others = at_rows(observations, [row for row in range(len(observations)) if row not in cut])
    return {
        label: each
        if metrics[label].role == "operation"
        else replace(each, n_cut=len(rows), without_cut=_value(metrics[label], observations, others))
        for label, each in estimates.items()
    }


def _value(metric: Metric, observations: Observations, others: Observations) -> float | None:
    """Of the other answers. Where each sample has one, from the rows that are there: a metric over texts is
    dear."""
    try:
        ids = frozenset(others.sample_ids)
        if len(frozenset(observations.sample_ids)) < len(observations):
            table = metric.table(others)
            rows = table.rows
        else:
            table = statistics(metric, observations)
            if table.is_by_group:
                table = metric.table(others)
            rows = table.rows[[sample_id in ids for sample_id in table.sample_ids]]
        value = float(metric.aggregate(rows)[0]) if len(rows) else float("nan")
    except MetricError:
        return None
    return None if isnan(value) else value


def enough_tokens(observations: Observations, max_tokens: int | None, rate: float) -> int | None:
    """The ``max_tokens`` at which about ``rate`` of the answers would be cut, by the lengths that are known.

    Beyond the median, lengths are taken for exponential, cut ones for at least as long as they are: the rate
    at which answers end is how many did, by the tokens that all of them had from the median on (the maximum
    likelihood estimate with censored values). None where no length is known.

    Args:
        max_tokens: the present bound; None takes the longest of the cut answers for it.
    """
    cut = frozenset(cut_rows(observations))
    lengths = list(column_of(observations.responses, "completion_tokens"))
    ended = [n for row, n in enumerate(lengths) if n and row not in cut]
    bound = max([n for row, n in enumerate(lengths) if n and row in cut], default=max_tokens)
    if not cut or bound is None:
        return None
    start = median([*ended, *[bound] * len(cut)])
    beyond = [n - start for n in ended if n > start]
    exposure = sum(beyond) + len(cut) * (bound - start)
    share = len(cut) / max(1, sum(error is None for error in column_of(observations.responses, "error")))
    if not beyond or rate <= 0:
        return _rounded(2 * bound)
    wanted = bound + max(0.0, log(share / rate)) * exposure / len(beyond)
    return _rounded(min(wanted, _MOST_TIMES * bound))


def _rounded(tokens: float) -> int:
    return ceil(tokens / _STEP) * _STEP

"""How much of a difference is answers that vary by themselves: explains a verdict, never changes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isclose, sqrt

import numpy as np

from evalkit.comparisons.difference import Difference
from evalkit.comparisons.pairing import Pair
from evalkit.comparisons.tables import statistics
from evalkit.core.estimate import Comparison, WithinSampleNoise
from evalkit.core.observations import Observations
from evalkit.metrics.metric import Metric
from evalkit.stats.bootstrap import Codes
from evalkit.stats.own_variance import own_variance_of_mean

#: A scorer's name to the chance that two answers of one sample differ, by sample id; samples with under two
#: earlier answers are absent.
ChancesOfChange = Callable[[str], Mapping[str, float]]

#: Repeats of more samples than this may miss by chance (failed answers). Where more do, those that vary were
#: asked again (``--llm-rerun``), and say nothing of the others.
_MOST_ONCE = 0.1


def noise_of_repeats(metric: Metric, pair: Pair, difference: Difference) -> WithinSampleNoise | None:
    """By the repeats of both sides; None where a side has none or has them of chosen samples alone, and where
    the metric has no value for one sample."""
    if metric.kind not in ("binary", "graded"):
        return None
    sides = (pair.baseline, pair.candidate)
    if any(_share_answered_once(side.samples) > _MOST_ONCE for side in sides):
        return None
    variances = [own_variance_of_mean(side.rows[:, 0], side.samples) for side in sides]
    known = [variance for variance in variances if variance is not None]
    total = difference.sd**2 / difference.n
    if len(known) < 2 or not total > 0:
        return None
    own = sum(known)
    return WithinSampleNoise("repeats", min(1.0, own / total), sqrt(2 * own), pair.n)


def _share_answered_once(samples: Codes) -> float:
    return float(np.mean(np.bincount(samples) == 1))


def noise_of_history(
    metric: Metric, candidate: Observations, shown: Comparison, chances: ChancesOfChange
) -> WithinSampleNoise | None:
    """By earlier answers of the baseline's subject: how many samples would have changed by themselves.

    None for metrics that are no share of right answers, with repeats on either side, where no sample changed,
    and where under half of the samples have earlier answers.
    """
    n_changed = shown.n_wins + shown.n_losses
    scorer = _share_of(metric, candidate)
    if scorer is None or not n_changed or not _is_of_whole_answers(shown):
        return None
    ids = set(candidate.sample_ids)
    known = [chance for sample_id, chance in chances(scorer).items() if sample_id in ids]
    if 2 * len(known) < shown.n or not known:
        return None
    expected = sum(known)
    share = min(1.0, expected / n_changed)
    return WithinSampleNoise(
        "history", share, sqrt(2 * expected) / shown.n, min(len(known), shown.n), expected
    )


def _share_of(metric: Metric, observations: Observations) -> str | None:
    """The scorer whose values, one for each sample, the metric is the share of; None where it is none."""
    scorer = next((name for name in observations.scores if name in metric.scorers), None)
    if scorer is None or metric.kind != "binary":
        return None
    table = statistics(metric, observations)
    values = [score.value for score in observations.scores[scorer] if score.value is not None]
    is_once_each = len(set(table.sample_ids)) == len(table.sample_ids)
    return scorer if is_once_each and np.array_equal(values, table.rows[:, 0]) else None


def _is_of_whole_answers(shown: Comparison) -> bool:
    """Whether each sample that changed went from right to wrong or back: repeats of the baseline change some
    of them by less."""
    return isclose(abs(shown.difference) * shown.n, abs(shown.n_wins - shown.n_losses), abs_tol=1e-6)

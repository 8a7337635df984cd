"""Candidate against baseline in one Metric, paired on sample ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from evalkit.comparisons.changes import SampleChange, sample_changes, sample_values
from evalkit.comparisons.clusters import group_names
from evalkit.comparisons.difference import Difference, paired_difference
from evalkit.comparisons.judge_noise import noise_of_judges
from evalkit.comparisons.missing import Bounds, bounds_of_difference, can_fill, fill_pair
from evalkit.comparisons.pairing import Pair, pair, sample_means, units, weighed
from evalkit.comparisons.tables import statistics
from evalkit.comparisons.within_sample_noise import noise_of_repeats
from evalkit.core.estimate import Comparison, JudgeNoise, LabelCorrection, WithinSampleNoise
from evalkit.core.frozen import frozen
from evalkit.core.gate import Missing
from evalkit.core.observations import Observations
from evalkit.errors import MetricError
from evalkit.metrics.metric import OF_ALL_ROWS, Metric, Table

__all__ = ["Paired", "SampleChange", "compare", "is_tested", "measure", "sample_changes"]

#: Exact sums and quantiles have no paired test worth the name; reports show their differences.
_UNTESTED = ("total", "quantile")


@frozen(slots=True)
class Paired:
    """A difference with its counts, small enough to keep until the whole session is decided."""

    label: str
    difference: Difference
    n_wins: int
    n_losses: int
    n_unpaired: int
    within_sample_noise: WithinSampleNoise | None = None
    bounds: Bounds | None = None
    judge_noise: JudgeNoise | None = None
    correction: LabelCorrection | None = None

    def at(self, alpha: float, *, is_one_sided: bool = True) -> Comparison:
        """The Comparison held to a false-alarm rate of ``alpha``, in the direction that is asked about or,
        with half of it in each, in both."""
        difference = self.difference
        of_each = alpha if is_one_sided else alpha / 2
        low, high = difference.interval(2 * of_each)
        tests = difference.tests
        return Comparison(
            metric=self.label,
            baseline=difference.baseline,
            candidate=difference.candidate,
            difference=difference.value,
            low=low,
            high=high,
            p_value=tests.worse if is_one_sided else tests.two_sided,
            alpha=alpha,
            n=difference.n,
            n_wins=self.n_wins,
            n_losses=self.n_losses,
            n_ties=difference.n - self.n_wins - self.n_losses,
            visible_drop=difference.visible_drop(of_each),
            method=difference.method,
            n_unpaired=self.n_unpaired,
            within_sample_noise=self.within_sample_noise,
            n_groups=difference.n_groups,
            is_one_sided=is_one_sided,
            is_better=low > 0 and tests.better <= of_each,
            is_worse=high < 0 and tests.worse <= of_each,
            p_two_sided=tests.two_sided,
            worst=None if self.bounds is None else self.bounds.worst,
            best=None if self.bounds is None else self.bounds.best,
            judge_noise=self.judge_noise,
            correction=self.correction,
        )


def compare(
    metric: Metric,
    label: str,
    baseline: Observations,
    candidate: Observations,
    *,
    alpha: float = 0.05,
    seed: int = 0,
) -> Comparison:
    """The paired comparison at level ``alpha``, two-sided: no gate asks in which direction.

    Samples that failed on either side, or stand on one side only, are left out and counted in
    ``n_unpaired``. Samples of one group are kept together. Raises MetricError when nothing is shared or a
    side has no value.
    """
    return measure(metric, label, baseline, candidate, seed=seed).at(alpha, is_one_sided=False)


def is_tested(metric: Metric, n_failed: int, values: Sequence[float | None]) -> bool:
    """Whether a difference that no gate asks about is tested, and so counts in the family of a comparison.

    Args:
        n_failed: failed responses of both sides: without any an error rate has nothing to say.
        values: of both sides: a rate of what should not be (refusals, cut answers) that is 0 on either has
            nothing to say, nor has what people are still to be asked.
    """
    if metric.reads_reviews is not None and None in values:
        return False
    if metric.counts_failures:
        return n_failed > 0
    if metric.kind == "binary" and not metric.is_higher_better:
        return any(values)
    return metric.kind not in _UNTESTED


def measure(
    metric: Metric,
    label: str,
    baseline: Observations,
    candidate: Observations,
    *,
    seed: int = 0,
    missing: Missing = "left_out",
) -> Paired:
    """The work of ``compare``, with the level left open.

    Args:
        missing: ``worst`` for answers that failed to count against the candidate, those of the baseline as
            right. MetricError where the metric's values have no bounds.
    """
    tables = statistics(metric, baseline), statistics(metric, candidate)
    bounds = bounds_of_difference(metric, tables, (baseline, candidate))
    if missing == "worst":
        if not can_fill(metric):
            raise MetricError(
                f"{label} has no worst value for a missing answer",
                hint="'missing: worst' is for means of values with bounds",
            )
        tables = fill_pair(metric, tables, (baseline, candidate))
    if metric.kind == "weighted":
        tables = weighed(*tables)
    both = pair(*tables, group_names(tables[0], baseline, candidate))
    difference = paired_difference(metric, both, seed)
    turns = _turns(metric, both, (baseline, candidate), tables)
    sides = zip((baseline, candidate), tables, strict=True)
    asked = (table.sample_ids if metric.kind == "weighted" else units(seen, table) for seen, table in sides)
    n_all = len({each for its in asked for each in its})
    noise = noise_of_repeats(metric, both, difference)
    judges = noise_of_judges(metric, (baseline, candidate), both, difference)
    return Paired(label, difference, turns[1], turns[-1], n_all - both.n, noise, bounds, judges)


def _turns(
    metric: Metric, both: Pair, observations: tuple[Observations, Observations], tables: tuple[Table, Table]
) -> Counter[int]:
    """How many paired samples went up (1), down (-1) or stayed (0), larger being better."""
    if metric.kind not in OF_ALL_ROWS:
        changes = sample_means(both.candidate) - sample_means(both.baseline)
        changes = changes if metric.is_higher_better else -changes
    else:
        before, after = (
            sample_values(metric, seen, table) for seen, table in zip(observations, tables, strict=True)
        )
        nothing = float("nan")
        changes = np.array([after.get(i, nothing) - before.get(i, nothing) for i in both.sample_ids])
    signs = np.sign(np.where(np.abs(changes) > 1e-12, changes, 0.0)).astype(int)
    return Counter(signs.tolist())

"""Candidate minus baseline in each metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from evalkit.core.estimate import Comparison, Estimate
from evalkit.core.frozen import frozen
from evalkit.core.gate import MetricSpec
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.core.text import plural
from evalkit.errors import MetricError, UsageError
from evalkit.metrics.units import TOTALS
from evalkit.report.data import Pair, ReportData
from evalkit.report.fdr import q_text
from evalkit.report.numbers import difference_text, interval_text


def compare_metrics(
    evaluation: Evaluation,
    estimates: Sequence[Estimate],
    base_estimates: Mapping[str, Estimate],
    base: Observations,
    candidate: Observations,
) -> dict[str, Comparison]:
    """The paired comparison of each metric whose signature is the same on both sides.

    Totals are left out (their difference is exact), and so is what the metric cannot compare.
    """
    wanted = [estimate for estimate in estimates if _is_comparable(evaluation, estimate, base_estimates)]
    if not wanted:
        return {}
    # Only a report with a baseline pays for importing the statistics.
    from evalkit.comparisons.compare import compare
    from evalkit.comparisons.slices.members import in_slice
    from evalkit.metrics.open import open_metric

    found = {}
    for estimate in wanted:
        spec = MetricSpec(*evaluation.metric_specs[estimate.metric])
        try:
            metric = open_metric(spec)
            if metric.kind != "total":
                sides = (base, candidate) if spec.slice is None else in_slice(spec.slice, base, candidate)
                found[estimate.metric] = compare(metric, estimate.metric, *sides)
        except (MetricError, UsageError):
            continue
    return found


def _is_comparable(evaluation: Evaluation, estimate: Estimate, base: Mapping[str, Estimate]) -> bool:
    other = base.get(estimate.metric)
    is_like = other is not None and other.signature == estimate.signature
    return is_like and estimate.metric in evaluation.metric_specs


@frozen(slots=True)
class Delta:
    """A difference as it is shown: in the metric's own direction, with a word for what it means.

    ``q`` is its p-value adjusted over all comparisons of the report, None where there is but one;
    ``is_undecided`` where a gate asked and could not tell; ``is_better`` and ``is_worse`` where test and
    interval show it. ``worst`` and ``best`` are its ends where answers are missing. ``n_labels`` is how many
    pairs of labels by people corrected it.
    """

    metric: str
    difference: float
    low: float | None
    high: float | None
    is_higher_better: bool
    q: float | None = None
    is_undecided: bool = False
    is_better: bool = False
    is_worse: bool = False
    worst: float | None = None
    best: float | None = None
    n_labels: int = 0

    @property
    def word(self) -> str:
        """``better`` or ``worse`` where that is shown and no gate is undecided, else ``unclear``; empty
        without an interval."""
        if self.low is None or self.high is None:
            return ""
        if self.is_undecided or not (self.is_better or self.is_worse):
            return "unclear"
        return "better" if self.is_better else "worse"

    @property
    def text(self) -> str:
        """``−0.338 [−0.387, −0.289]``."""
        interval = interval_text(self.metric, self.low, self.high)
        return f"{difference_text(self.metric, self.difference)} {interval}".rstrip()

    @property
    def line(self) -> str:
        """``−0.338 [−0.387, −0.289] worse, q < 0.001 ●``."""
        words = f"{self.text} {self.word}".rstrip()
        if self.n_labels:
            words += f", corrected by {plural(self.n_labels, 'pair')} of labels"
        return words if self.q is None else f"{words}, q {q_text(self.q)}"


def delta(estimate: Estimate, pair: Pair) -> Delta | None:
    """The difference from the baseline, or None where the two cannot be compared.

    What a session saved or asked again has none: it says nothing of the models."""
    if estimate.metric in TOTALS:
        return None
    comparison = pair.comparisons.get(estimate.metric)
    if comparison is not None:
        found = delta_of(comparison, estimate.is_higher_better, pair.q_values.get(estimate.metric))
        return replace(found, is_undecided=estimate.metric in pair.undecided)
    if pair.early_end:  # a difference that hangs on when the asking ended
        return None
    if estimate.metric in pair.partial:  # the difference of two parts is that of nothing
        return None
    base = pair.estimates.get(estimate.metric)
    if base is None or base.value is None or estimate.value is None:
        return None
    if pair.obstacle is not None or base.signature != estimate.signature:
        return None
    return Delta(estimate.metric, estimate.value - base.value, None, None, estimate.is_higher_better)


def untold(estimate: Estimate, pair: Pair | None) -> str:
    """What stands in the place of a difference: ``dropped after 40 of 400 samples``; mostly empty."""
    is_told = pair is not None and estimate.metric in pair.estimates and estimate.metric not in TOTALS
    return pair.early_end if pair is not None and is_told else ""


def levels(data: ReportData) -> str:
    """Which intervals of differences are not 95 % ones; empty where all are."""
    pairs = (item.pair for item in data.evaluations if item.pair)
    if all(c.alpha == 0.05 and not c.is_one_sided for pair in pairs for c in pair.comparisons.values()):
        return ""
    return (
        "Intervals of differences are 95 % ones, but that of a gate is the one that its verdict rests on: "
        "90 % at an alpha of 5 %, as it asks in one direction and either end holds at 95 %."
    )


def delta_of(comparison: Comparison, is_higher_better: bool, q: float | None) -> Delta:
    """A Comparison's sign is turned so that larger is better; here it is turned back."""
    c = comparison
    d, low, high = (c.difference, c.low, c.high) if is_higher_better else (-c.difference, -c.high, -c.low)
    found = Delta(c.metric, d, low, high, is_higher_better, q, is_better=c.is_better, is_worse=c.is_worse)
    worst, best = ends_of(c, is_higher_better)
    n_labels = 0 if c.correction is None else c.correction.n_labels
    return replace(found, worst=worst, best=best, n_labels=n_labels)


def ends_of(comparison: Comparison, is_higher_better: bool) -> tuple[float | None, float | None]:
    """Worst and best of the difference where answers are missing, in the metric's own direction."""
    worst, best = comparison.worst, comparison.best
    if is_higher_better or worst is None or best is None:
        return worst, best
    return 0.0 - worst, 0.0 - best  # no zero has a sign

"""A judge's metric, and its difference from a baseline, corrected by what people say of some of the answers.

The statistics are ``evalkit.stats.ppi``. A difference is corrected as a difference: by samples whose answers
people labelled on both sides. Labels on one side alone say nothing of it, as the judge may err otherwise on
the other side: to correct one side would put the judge's bias into the difference, not take it out. Where
both sides gave the same answer people would say the same of both, so that such a sample needs no label: its
difference is 0.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite, sqrt

import numpy as np

from evalkit.comparisons.clusters import cluster_codes
from evalkit.comparisons.compare import Paired
from evalkit.comparisons.control_variate import values_of
from evalkit.comparisons.difference import Difference
from evalkit.comparisons.people import SideLabels
from evalkit.core.columns import column_of
from evalkit.core.estimate import Estimate, LabelCorrection
from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations
from evalkit.core.text import plural
from evalkit.errors import MetricError
from evalkit.metrics.metric import Floats, Metric
from evalkit.metrics.reading import source_of
from evalkit.stats.bootstrap import Codes
from evalkit.stats.normal import normal_quantile
from evalkit.stats.power import visible_drop
from evalkit.stats.ppi import LEAST_LABELS, Corrected, Flags, Labelled, corrected_mean
from evalkit.stats.ppi_intervals import CorrectedChange, CorrectedLevel, CorrectedShare

#: What stands in the signature of a metric that was corrected so: it is not the scores' number alone.
SIGNATURE = "labels:v1"
_METHODS = {
    True: "t-test of labels and judge, Tango interval",
    False: "t-test of labels and judge, tilted interval",
}


@frozen
class Judged:
    """One side: what the judge said, and what people say."""

    observations: Observations
    labels: SideLabels


@frozen
class Prices:
    """What one more costs: a label, and a sample on all sides; None where unknown."""

    label_usd: float | None = None
    sample_usd: float | None = None


@frozen(slots=True)
class CorrectedDifference(Difference):
    """The difference of what people say.

    Attributes:
        corrected: the statistics of it.
    """

    corrected: Corrected | None = None

    def visible_drop(self, alpha: float) -> float | None:
        """The smallest drop that these labels and samples see with 80 % power; larger than what rises that
        were not seen could make up for."""
        drop = visible_drop(self.sd, self.n, alpha)
        return max(drop, self.interval(2 * alpha).high - self.value)

    def error_at(self, alpha: float) -> float:
        """The standard error that the lower end of the interval stands for, with what was not seen."""
        return (self.value - self.interval(2 * alpha).low) / normal_quantile(1 - alpha)


def corrected_difference(
    metric: Metric, plain: Paired, baseline: Judged, candidate: Judged, prices: Prices
) -> Paired | None:
    """The difference in place of the judge's own; None where nobody labelled anything. Raises MetricError
    where there are labels that cannot correct it, with the reason."""
    sides = baseline, candidate
    if not any(each.labels.values for each in sides):
        return None
    ids = _judged_on_both(metric, plain, sides)
    before, after = (_labels(metric, each, ids) for each in sides)
    is_same = _is_same(baseline.observations, candidate.observations, ids)
    is_share = is_yes_or_no(candidate.labels if candidate.labels.values else baseline.labels)
    changes = np.where(is_same, 0.0, after - before)
    is_picked = _is_picked(sides, ids)
    _refuse_one_sided(sides, changes, is_same, is_picked)
    sign = 1.0 if metric.is_higher_better else -1.0
    judged = [values_of(metric, each.observations, ids) for each in sides]
    known = Labelled(
        judged=sign * (judged[1] - judged[0]),
        labels=sign * changes,
        is_settled=is_same | (is_picked & np.isfinite(changes)),
        weights=np.maximum(*(_weights(each, ids) for each in sides)),
        groups=_groups(candidate.observations, ids),
    )
    low, high = _bounds(metric, candidate.labels if candidate.labels.values else baseline.labels)
    scale = high - low if isfinite(high - low) else float(np.abs(judged).max())
    difference = difference_of(
        known,
        is_share=is_share,
        span=high - low,
        scale=scale,
        baseline=float(judged[0].mean()),
        sign=sign,
        n_groups=plain.difference.n_groups,
    )
    assert difference.corrected is not None
    return replace(
        plain,
        difference=difference,
        within_sample_noise=None,
        judge_noise=None,
        bounds=None,
        correction=_correction(known, difference.corrected, prices),
    )


def difference_of(
    known: Labelled,
    *,
    is_share: bool,
    span: float = 1.0,
    scale: float = 1.0,
    baseline: float = 0.0,
    sign: float = 1.0,
    n_groups: int | None = None,
) -> CorrectedDifference:
    """The difference from what is known of each sample's. Raises MetricError where too few groups have a
    label.

    Args:
        known: candidate less baseline, larger being better.
        is_share: people said yes or no.
        span: from the lowest to the highest value of one side.
        scale: the largest move of one sample.
        baseline: the baseline's value as the judge has it.
        sign: -1 where a larger value is worse.
    """
    found = corrected_mean(known)
    if found is None:
        raise MetricError("the labels are in too few groups", hint=f"label {LEAST_LABELS} groups or more")
    shown = CorrectedChange(found) if is_share else CorrectedLevel(found, -span, span)
    n = len(known.judged)
    return CorrectedDifference(
        n=n,
        n_changed=int(np.count_nonzero(known.labels[known.is_drawn])),
        baseline=baseline,
        candidate=baseline + sign * found.value,
        value=found.value,
        tests=shown.tests,
        sd=found.error * sqrt(n),
        scale=scale,
        method=_METHODS[is_share],
        is_flips=is_share,
        interval_at=shown.interval,
        n_groups=n_groups,
        corrected=found,
    )


def corrected_estimate(
    metric: Metric, plain: Estimate, side: Judged, prices: Prices
) -> tuple[Estimate, LabelCorrection, Corrected] | None:
    """The estimate in place of the judge's own; None where nobody labelled anything. Raises MetricError where
    there are labels that cannot correct it, with the reason."""
    if not side.labels.values:
        return None
    if not _is_mean(metric):
        raise MetricError(f"{plain.metric} is not a mean over samples")
    everybody = tuple(dict.fromkeys(side.observations.sample_ids))
    values = values_of(metric, side.observations, everybody)
    ids = [sample_id for sample_id, value in zip(everybody, values, strict=True) if np.isfinite(value)]
    labels = _labels(metric, side, ids)
    known = Labelled(
        judged=values[np.isfinite(values)],
        labels=labels,
        is_settled=_is_picked((side,), ids) & np.isfinite(labels),
        weights=_weights(side, ids),
        groups=_groups(side.observations, ids),
    )
    found = corrected_mean(known)
    if found is None:
        _refuse_too_few(int(known.is_drawn.sum()), int(known.is_settled.sum()))
        raise MetricError("the labels are in too few groups", hint=f"label {LEAST_LABELS} groups or more")
    low, high = _bounds(metric, side.labels)
    is_share = is_yes_or_no(side.labels)
    shown = CorrectedShare(found) if is_share else CorrectedLevel(found, low, high)
    value, *ends = (min(max(each, low), high) for each in (found.value, *shown.interval(0.05)))
    estimate = replace(
        plain,
        value=value,
        low=ends[0],
        high=ends[1],
        signature=f"{plain.signature}|{SIGNATURE}",
        worst=None,
        best=None,
        n_cut=0,
        without_cut=None,
    )
    return estimate, _correction(known, found, prices), found


def _correction(known: Labelled, found: Corrected, prices: Prices) -> LabelCorrection:
    alone = corrected_mean(known, power=0.0)
    assert alone is not None
    width = found.error / alone.error if alone.error > 0 else 1.0
    return LabelCorrection(
        raw=found.raw,
        n_labels=found.n_labels,
        n_settled=found.n_judged - found.n_open,
        n_judged=found.n_judged,
        power=found.power,
        labels_alone=round(found.n_labels / width**2) if width > 0 else found.n_labels,
        width_share=width,
        label_usd=prices.label_usd,
        sample_usd=prices.sample_usd,
    )


def _judged_on_both(metric: Metric, plain: Paired, sides: tuple[Judged, Judged]) -> list[str]:
    """Samples with a value on both sides. Raises MetricError where the metric is not a mean over them."""
    everybody = tuple(dict.fromkeys(sides[1].observations.sample_ids))
    values = [values_of(metric, each.observations, everybody) for each in sides] if _is_mean(metric) else []
    is_known = np.all(np.isfinite(values), axis=0) if values else np.zeros(0)
    if int(is_known.sum()) != plain.difference.n:
        raise MetricError(f"{plain.label} is not a mean over samples")
    return [sample_id for sample_id, known in zip(everybody, is_known, strict=True) if known]


def _labels(metric: Metric, side: Judged, ids: list[str]) -> Floats:
    """(n,) labels, NaN where there is none. Raises MetricError where they are on another scale."""
    low, high = _bounds(metric, side.labels)
    labels, kind = np.array([side.labels.values.get(each, np.nan) for each in ids]), side.labels.kind
    asked = _asked(metric, side.observations)
    if kind is not None and (kind == "pairwise") != (asked == "pairwise"):
        what = f"people were asked {kind} and the judge {asked or 'of one answer'}"
        raise MetricError(what, hint="review by the judge's question")
    seen = labels[np.isfinite(labels)]
    is_unlike = is_yes_or_no(side.labels) and (low, high) != (0.0, 1.0)
    if is_unlike or (len(seen) and not (low <= seen.min() and seen.max() <= high)):
        scale = "0 .. 1" if is_unlike else f"{seen.min():g} .. {seen.max():g}"
        what = f"the labels lie in {scale}, the metric in {low:g} .. {high:g}"
        raise MetricError(what, hint="label on the judge's scale")
    return labels


def _asked(metric: Metric, observations: Observations) -> str:
    """The form of the judge's question, as its signature says."""
    source = source_of(metric, observations)
    signature = observations.scorer_signatures.get(source[0], "") if source is not None else ""
    return "pairwise" if "form=pairwise" in signature else ""


def is_yes_or_no(labels: SideLabels) -> bool:
    """Whether people said yes or no, or which of two is better, and gave no number."""
    return labels.kind in ("pass_fail", "pairwise")


def _is_mean(metric: Metric) -> bool:
    """Whether a metric is the mean of one value for each sample."""
    return metric.kind in ("binary", "graded") and not metric.counts_failures and metric.role == "quality"


def _bounds(metric: Metric, labels: SideLabels) -> tuple[float, float]:
    """Of values; where the metric has none, those of what people were asked."""
    has_bounds = all(map(isfinite, metric.bounds))
    return (0.0, 1.0) if not has_bounds and is_yes_or_no(labels) else metric.bounds


def _weights(side: Judged, ids: list[str]) -> Floats:
    return np.array([side.labels.weights.get(each, 1.0) for each in ids])


def _is_picked(sides: tuple[Judged, ...], ids: list[str]) -> Flags:
    return np.array([any(each in side.labels.picked for side in sides) for each in ids], dtype=np.bool_)


def _groups(observations: Observations, ids: list[str]) -> Codes | None:
    names = zip(observations.sample_ids, observations.groups or (), strict=False)
    return cluster_codes(ids, {sample_id: group for sample_id, group in names if group is not None})


def _is_same(baseline: Observations, candidate: Observations, ids: list[str]) -> Flags:
    """(n,) whether both sides gave the same answers, in whatever order."""
    before, after = _texts(baseline), _texts(candidate)
    return np.array([before[each] == after[each] and None not in after[each] for each in ids], dtype=np.bool_)


def _texts(observations: Observations) -> dict[str, list[str | None]]:
    found: dict[str, list[str | None]] = {}
    outputs = column_of(observations.responses, "output")
    for sample_id, output in zip(observations.sample_ids, outputs, strict=True):
        found.setdefault(sample_id, []).append(output)
    return {sample_id: sorted(texts, key=lambda text: text or "") for sample_id, texts in found.items()}


def _refuse_one_sided(
    sides: tuple[Judged, Judged], changes: Floats, is_same: Flags, is_picked: Flags
) -> None:
    """Raises MetricError where too few samples with different answers have a label on both sides."""
    is_labelled = np.isfinite(changes) & ~is_same
    n_half = int((is_picked & ~is_same & ~is_labelled).sum())
    if n_half:
        raise MetricError(
            f"{plural(n_half, 'sample')} picked for review {'has' if n_half == 1 else 'have'} a label on one "
            "side alone",
            hint="label both answers",
        )
    n_both = int((is_labelled & ~is_picked).sum())
    if n_both >= LEAST_LABELS:
        return
    before, after = (len(each.labels.values) for each in sides)
    if not (before and after):
        side, other = ("baseline", "candidate") if before else ("candidate", "baseline")
        raise MetricError(
            f"only the {side} has labels ({max(before, after):,}), and the judge may err otherwise on the "
            f"{other}",
            hint=f"label the answers of the {other} to the same samples",
        )
    raise MetricError(
        f"{plural(n_both, 'sample')} drawn at random and answered differently "
        f"{'has' if n_both == 1 else 'have'} a label on both sides, and {LEAST_LABELS} are needed",
        hint="label both answers to the same samples",
    )


def _refuse_too_few(n_drawn: int, n_picked: int) -> None:
    if n_picked and not n_drawn:
        raise MetricError(
            f"all {plural(n_picked, 'label')} are of samples that were picked for review, none drawn at "
            "random",
            hint="review with a control share",
        )
    if n_drawn < LEAST_LABELS:
        what = f"{plural(n_drawn, 'label')} of samples drawn at random are too few"
        raise MetricError(what, hint=f"label {LEAST_LABELS} or more")

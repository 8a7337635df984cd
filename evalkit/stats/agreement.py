"""How far raters agree: people with each other, a judge with people.

Percent agreement, Cohen's kappa, Gwet's AC1 and Krippendorff's alpha equal scikit-learn and the package
``krippendorff``. What the data cannot tell is None and never NaN: no items, or one label alone, with which
chance cannot disagree. How the intervals come about: ``chance_corrected``; they hold 95 % from 30 items on
(92 to 98 % at 30, the low end for costs by distance).

``groups`` name the items that rise and fall together. ``item_weights`` are positive, such as 1 / inclusion
probability of labels that were not drawn evenly. Both are (n,), as are the raters.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.core.frozen import frozen
from evalkit.stats import disagreement as formulas
from evalkit.stats.bootstrap import Floats
from evalkit.stats.chance_corrected import Build, Formula, Items, Measured
from evalkit.stats.disagreement import Level, Weighting
from evalkit.stats.groups import group_error
from evalkit.stats.intervals import t_interval, wilson_interval
from evalkit.stats.ratings import (
    Labels,
    Numbers,
    Pair,
    is_missing,
    listed,
    pair_of,
    places_of,
    weights_and_groups,
)


@frozen(slots=True)
class PairAgreement:
    """Two raters on the items that both labelled, each measure with its interval.

    Attributes:
        n: items.
        n_groups: groups that they make up; as many as items where none were named.
        agreement: share of the items, by weight, that have the same label, 0..1.
        kappa: Cohen's, -1..1.
        ac1: Gwet's, -1..1.
        alpha: Krippendorff's of labels without an order, at most 1.
        labels: the K labels that may be given, in order.
        counts: (K, K) items by label of the first rater (row) and of the second (column).
    """

    n: int
    n_groups: int
    agreement: Measured
    kappa: Measured
    ac1: Measured
    alpha: Measured
    labels: tuple[Any, ...]
    counts: npt.NDArray[np.int64]


class ConstantGuess(NamedTuple):
    """What one gets by always saying what people say most often: kappa 0, however high the agreement.

    ``label`` is that label, of equally common ones the first in order; None where people said nothing.
    """

    label: Any
    figures: PairAgreement


class ReliabilityBin(NamedTuple):
    """Items whose probability lies in [``low``, ``high``), the last bin with its end.

    ``probability`` is their mean, ``share`` how often the event came, with Wilson's interval.
    """

    low: float
    high: float
    n: int
    probability: float
    share: Measured


def percent_agreement(a: Labels, b: Labels, *, item_weights: Numbers | None = None) -> float | None:
    """Share of the items labelled by both that have the same label, 0..1."""
    return pair_of(a, b, item_weights=item_weights).by_rater().value(formulas.raw)


def cohen_kappa(
    a: Labels,
    b: Labels,
    weights: Weighting | None = None,
    *,
    labels: Labels | None = None,
    item_weights: Numbers | None = None,
) -> float | None:
    """Cohen's kappa, -1..1; None where both say one and the same label throughout.

    Args:
        weights: None: any two labels are as far apart; ``linear``, ``quadratic``: by their places.
        labels: all that may be given, in the order of the scale; by default those seen, sorted. A step of the
            scale that nobody gave counts as a step only where it is named here.
    """
    return _kappa(pair_of(a, b, labels, None, item_weights), weights, None).value


def gwet_ac1(
    a: Labels, b: Labels, *, labels: Labels | None = None, item_weights: Numbers | None = None
) -> float | None:
    """Gwet's AC1, -1..1, which stays high where nearly all items have one label; None of a single label.

    Args:
        labels: all that may be given; AC1 knows only by it of one that nobody gave.
    """
    return pair_of(a, b, labels, None, item_weights).by_rater().value(formulas.ac1)


def krippendorff_alpha(
    values: npt.ArrayLike, level: Level = "nominal", *, item_weights: Numbers | None = None
) -> float | None:
    """Krippendorff's alpha, at most 1, of (raters, items) numbers, NaN where one did not rate.

    None where no item has two ratings, and where all ratings are the same. ``ratings.coded`` turns labels
    into numbers. Raises ValueError on another shape, and on a number that is not finite.
    """
    return _alpha_items(values, level, None, item_weights).value(_ALPHAS[level])


def alpha_agreement(
    values: npt.ArrayLike,
    level: Level = "nominal",
    *,
    groups: Labels | None = None,
    item_weights: Numbers | None = None,
    alpha: float = 0.05,
) -> Measured:
    """``krippendorff_alpha`` with its 1 - ``alpha`` interval."""
    return _alpha_items(values, level, groups, item_weights).measured(_ALPHAS[level], alpha)


def pair_agreement(
    a: Labels,
    b: Labels,
    weights: Weighting | None = None,
    *,
    labels: Labels | None = None,
    groups: Labels | None = None,
    item_weights: Numbers | None = None,
    alpha: float = 0.05,
) -> PairAgreement:
    """All measures of two raters with 1 - ``alpha`` intervals; ``weights`` are those of kappa alone."""
    pair = pair_of(a, b, labels, groups, item_weights)
    items = pair.by_rater()
    return PairAgreement(
        n=len(items.counts),
        n_groups=items.n_groups,
        agreement=items.measured(formulas.raw, alpha),
        kappa=_kappa(pair, weights, alpha),
        ac1=items.measured(formulas.ac1, alpha),
        alpha=pair.together().measured(formulas.nominal_alpha, alpha),
        labels=pair.labels,
        counts=pair.counts,
    )


def confusion(
    a: Labels, b: Labels, labels: Labels | None = None
) -> tuple[tuple[Any, ...], npt.NDArray[np.int64]]:
    """The labels in order, and (K, K) items by label of ``a`` (row) and of ``b`` (column)."""
    pair = pair_of(a, b, labels)
    return pair.labels, pair.counts


def constant_guesser(
    people: Labels,
    *,
    labels: Labels | None = None,
    groups: Labels | None = None,
    item_weights: Numbers | None = None,
    alpha: float = 0.05,
) -> ConstantGuess:
    """The figures that a judge has to beat: those of always saying the people's most common label."""
    said = listed(people)
    places = places_of((each for each in said if not is_missing(each)), labels)
    pair = pair_of(said, said, list(places), None, item_weights)
    by_label = np.bincount(pair.a, weights=pair.weights, minlength=max(1, len(places)))
    label = pair.labels[int(by_label.argmax())] if len(pair.a) else None
    guesses = [label] * len(said)
    figures = pair_agreement(
        said, guesses, labels=list(places), groups=groups, item_weights=item_weights, alpha=alpha
    )
    return ConstantGuess(label, figures)


def brier(
    probabilities: Numbers, outcomes: Numbers, *, groups: Labels | None = None, alpha: float = 0.05
) -> Measured:
    """Mean squared distance of a probability from what came (0 or 1), 0..1, smaller is better; with Student's
    interval over items or groups. Source: Brier 1950, Monthly Weather Review 78:1-3.

    Always saying the share of 1 among n outcomes scores that share times its complement: what to beat.
    Raises ValueError on a probability outside 0..1 and on an outcome that is neither 0 nor 1.
    """
    p, came = _events(probabilities, outcomes)
    if not len(p):
        return Measured(None)
    costs = (p - came) ** 2
    mean = float(costs.mean())
    _, codes = weights_and_groups(len(p), np.arange(len(p)), groups, None)
    error, df = group_error(costs, codes)
    if not df > 0:
        return Measured(mean)
    low, high = t_interval(mean, error, df, alpha)
    return Measured(mean, max(0.0, low), min(1.0, high))


def reliability(
    probabilities: Numbers, outcomes: Numbers, n_bins: int = 10, alpha: float = 0.05
) -> tuple[ReliabilityBin, ...]:
    """Bins of equal width that hold items, in order: whether what is said to come in 70 % does. Raises
    ValueError as ``brier``."""
    p, came = _events(probabilities, outcomes)
    edges = np.linspace(0.0, 1.0, n_bins + 1)
    places = np.minimum(np.searchsorted(edges, p, side="right") - 1, n_bins - 1)
    bins = []
    for place in np.unique(places):
        inside = places == place
        n, share = int(inside.sum()), float(came[inside].mean())
        measured = Measured(share, *wilson_interval(share, n, alpha))
        ends = float(edges[place]), float(edges[place + 1])
        bins.append(ReliabilityBin(*ends, n, float(p[inside].mean()), measured))
    return tuple(bins)


_ALPHAS: dict[Level, Formula] = {
    "nominal": formulas.nominal_alpha,
    "ordinal": formulas.ordinal_alpha,
    "interval": formulas.interval_alpha,
}


def _kappa(pair: Pair, weights: Weighting | None, alpha: float | None) -> Measured:
    costs = formulas.costs_of(len(pair.labels), weights)
    return pair.by_rater(costs).measured(partial(formulas.kappa, costs=costs), alpha)


def _alpha_items(
    values: npt.ArrayLike, level: Level, groups: Labels | None, item_weights: Numbers | None
) -> Items:
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.ndim != 2 or np.isinf(matrix).any():
        raise ValueError("ratings must be numbers or NaN, of shape (raters, items)")
    kept = np.flatnonzero((~np.isnan(matrix)).sum(axis=0) > 1)
    pairable = matrix[:, kept]
    domain = np.unique(pairable[~np.isnan(pairable)])
    counts = (pairable[:, :, np.newaxis] == domain).sum(axis=0).astype(np.float64)
    builds: dict[Level, Build] = {
        "nominal": formulas.nominal_rows,
        "ordinal": formulas.ordinal_rows,
        "interval": partial(formulas.interval_rows, values=domain),
    }
    weights, codes = weights_and_groups(matrix.shape[1], kept, groups, item_weights)
    return Items(counts, builds[level], weights, codes)


def _events(probabilities: Numbers, outcomes: Numbers) -> tuple[Floats, Floats]:
    p, came = np.asarray(probabilities, dtype=np.float64), np.asarray(outcomes, dtype=np.float64)
    if p.shape != came.shape or p.ndim != 1:
        raise ValueError("give one probability and one outcome for each item")
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("probabilities must lie in 0..1")
    if not np.isin(came, (0.0, 1.0)).all():
        raise ValueError("outcomes must be 0 or 1")
    return p, came

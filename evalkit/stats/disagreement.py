"""Coefficients of agreement, each as ``1 - observed / expected`` disagreement, from sums over items.

Every item gives one row of statistics that add up, so that resamples, repeats and weights need no second
pass over the items. ``sums`` are (b, k): sums of rows, one line for each resample.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from evalkit.stats.bootstrap import Floats

Weighting = Literal["linear", "quadratic"]
Level = Literal["nominal", "ordinal", "interval"]

#: Expected disagreement below this is rounding: all said the same.
_ROUNDING = 1e-12


class Disagreement(NamedTuple):
    """Of b resamples, both (b,).

    Attributes:
        observed: mean cost of the disagreements that were seen, 0..1.
        expected: mean cost by chance, on the same scale.
    """

    observed: Floats
    expected: Floats

    @property
    def coefficient(self) -> Floats:
        """1 where all agree, 0 where no better than chance; NaN where chance alone cannot disagree."""
        is_defined = self.expected > _ROUNDING
        ratio = self.observed / np.where(is_defined, self.expected, 1.0)
        coefficient: Floats = np.where(is_defined, 1.0 - ratio, np.nan)
        return coefficient


def costs_of(n_labels: int, weights: Weighting | None) -> Floats:
    """(K, K) costs of saying one label for another, 0..1: 1 for any other, or by distance on the scale."""
    places = np.arange(n_labels, dtype=np.float64)
    apart: Floats = np.abs(places[:, np.newaxis] - places) / max(1, n_labels - 1)
    if weights is None:
        return (apart > 0).astype(np.float64)
    return apart if weights == "linear" else apart**2


def pair_rows(one_hot_a: Floats, one_hot_b: Floats, costs: Floats) -> Floats:
    """(n, 1 + 2K) rows of two raters' labels, each (n, K) one-hot: cost of the pair, then both labels."""
    cost = np.einsum("ni,ij,nj->n", one_hot_a, costs, one_hot_b, optimize=True)
    return np.hstack([cost[:, np.newaxis], one_hot_a, one_hot_b])


def raw(sums: Floats) -> Disagreement:
    """Of ``pair_rows``: no chance at all, so that the coefficient is the agreement itself."""
    observed, _, _ = _shares(sums)
    return Disagreement(observed, np.ones_like(observed))


def kappa(sums: Floats, costs: Floats) -> Disagreement:
    """Of ``pair_rows``, chance: both draw from their own labels. Sources: Cohen 1960, Educational and
    Psychological Measurement 20:37-46; with costs Cohen 1968, Psychological Bulletin 70:213-220."""
    observed, a, b = _shares(sums)
    return Disagreement(observed, np.einsum("ni,ij,nj->n", a, costs, b, optimize=True))


def ac1(sums: Floats) -> Disagreement:
    """Of ``pair_rows``, chance: some items are guessed evenly over the K labels. Source: Gwet 2008, British
    Journal of Mathematical and Statistical Psychology 61:29-48."""
    observed, a, b = _shares(sums)
    mean = (a + b) / 2
    n_labels = mean.shape[1]
    if n_labels < 2:  # nothing to guess between
        return Disagreement(observed, np.zeros_like(observed))
    return Disagreement(observed, 1.0 - (mean * (1 - mean)).sum(axis=1) / (n_labels - 1))


def nominal_rows(counts: Floats) -> Floats:
    """(n, 1 + K) rows of items by how many raters gave each label, (n, K), at least two raters an item."""
    n_raters = counts.sum(axis=1)
    cost = (counts * (n_raters[:, np.newaxis] - counts)).sum(axis=1) / (n_raters - 1)
    return np.hstack([cost[:, np.newaxis], counts])


def nominal_alpha(sums: Floats) -> Disagreement:
    """Of ``nominal_rows``. Source of the alphas: Krippendorff 2011, "Computing Krippendorff's
    Alpha-Reliability", University of Pennsylvania, on values of pairs within items."""
    by_label = sums[:, 1:]
    n = by_label.sum(axis=1)
    # As a sum over labels, no difference of squares: exactly zero where all values are of one label.
    others = (by_label * (n[:, np.newaxis] - by_label)).sum(axis=1)
    return Disagreement(sums[:, 0] / n, others / (n * (n - 1)))


def interval_rows(counts: Floats, values: Floats) -> Floats:
    """(n, 4) rows of items; ``values`` (K,) are what the columns of ``counts`` (n, K) stand for."""
    # Any shift and scale leaves alpha alone; these keep costs in 0..1 and squares from cancelling.
    spread = float(np.ptp(values)) or 1.0
    scaled = (values - values.mean()) / spread
    n_raters, total = counts.sum(axis=1), counts @ scaled
    within = (counts * (scaled - (total / n_raters)[:, np.newaxis]) ** 2).sum(axis=1)
    cost = 2 * n_raters * within / (n_raters - 1)
    return np.stack([cost, n_raters, total, counts @ scaled**2], axis=1)


def interval_pair_rows(a: Floats, b: Floats) -> Floats:
    """``interval_rows`` of items with two ratings each, ``a`` and ``b`` (n,)."""
    both = np.concatenate((a, b))
    middle, spread = float(both.mean()) if len(both) else 0.0, float(np.ptp(both)) if len(both) else 0.0
    a, b = (a - middle) / (spread or 1.0), (b - middle) / (spread or 1.0)
    return np.stack([2 * (a - b) ** 2, np.full(len(a), 2.0), a + b, a**2 + b**2], axis=1)


def interval_alpha(sums: Floats) -> Disagreement:
    """Of ``interval_rows``: the cost is the squared difference of the values."""
    cost, n, total, squares = sums.T
    return Disagreement(cost / n, 2 * (n * squares - total**2) / (n * (n - 1)))


def ordinal_rows(counts: Floats) -> Floats:
    """(n, K * K) coincidences of labels within items, whose order is that of the columns."""
    n_raters = counts.sum(axis=1)
    pairs = counts[:, :, np.newaxis] * counts[:, np.newaxis, :]
    places = np.arange(counts.shape[1])
    pairs[:, places, places] -= counts
    rows: Floats = (pairs / (n_raters - 1)[:, np.newaxis, np.newaxis]).reshape(len(counts), -1)
    return rows


def ordinal_alpha(sums: Floats) -> Disagreement:
    """Of ``ordinal_rows``: the cost is the squared difference of the labels' mid-ranks among all values."""
    n_labels = round(sums.shape[1] ** 0.5)
    coincidences = sums.reshape(-1, n_labels, n_labels)
    by_label = coincidences.sum(axis=2)
    n = by_label.sum(axis=1)
    ranks = (np.cumsum(by_label, axis=1) - by_label / 2) / n[:, np.newaxis]
    costs = (ranks[:, :, np.newaxis] - ranks[:, np.newaxis, :]) ** 2
    by_chance = by_label[:, :, np.newaxis] * by_label[:, np.newaxis, :]
    return Disagreement(
        (coincidences * costs).sum(axis=(1, 2)) / n,
        (by_chance * costs).sum(axis=(1, 2)) / (n * (n - 1)),
    )


def _shares(sums: Floats) -> tuple[Floats, Floats, Floats]:
    """Observed cost (b,), and the shares of either rater's labels (b, K)."""
    n_labels = (sums.shape[1] - 1) // 2
    a, b = sums[:, 1 : 1 + n_labels], sums[:, 1 + n_labels :]
    n = a.sum(axis=1)
    return sums[:, 0] / n, a / n[:, np.newaxis], b / n[:, np.newaxis]

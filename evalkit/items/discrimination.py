"""How well a sample tells strong Subjects from weak ones: the corrected item-rest correlation.

Sources: Henrysson 1963, Psychometrika 28:211, for the correction, which takes the sample out of the total;
the test of a correlation is Student's, with k - 2 degrees of freedom.
"""

from __future__ import annotations

from math import comb

import numpy as np

from evalkit.items.votes import Floats
from evalkit.stats.multiplicity import benjamini_hochberg
from evalkit.stats.student import t_tail

#: With fewer Subjects a correlation over them says nothing.
LEAST_SUBJECTS = 3


def item_rest_correlations(values: Floats) -> Floats:
    """(n,) Pearson's correlation over Subjects of a sample's score with their mean over all other samples.

    NaN where under three Subjects answered, and where the sample or the rest is the same for all of them.

    Args:
        values: (n, k) score of each sample and Subject, NaN where there is none.
    """
    given = ~np.isnan(values)
    scores = np.where(given, values, 0.0)
    others = np.where(given, given.sum(axis=0) - 1, 0)
    rest = (scores.sum(axis=0) - scores) / np.maximum(others, 1)
    counted = given & (others > 0)
    n = counted.sum(axis=1, keepdims=True)
    of_score, of_rest = (
        np.where(counted, each - np.where(counted, each, 0).sum(axis=1, keepdims=True) / np.maximum(n, 1), 0)
        for each in (scores, rest)
    )
    squares = np.square(of_score).sum(axis=1) * np.square(of_rest).sum(axis=1)
    is_defined = (n[:, 0] >= LEAST_SUBJECTS) & (squares > 1e-18)
    products = (of_score * of_rest).sum(axis=1)
    found: Floats = np.full(len(values), np.nan)
    found[is_defined] = np.clip(products[is_defined] / np.sqrt(squares[is_defined]), -1, 1)
    return found


def negative_q_values(values: Floats, correlations: Floats) -> Floats:
    """(n,) one-sided p-values of no negative correlation, adjusted by Benjamini and Hochberg over all samples
    that have one: naming those at most q keeps the expected share of false ones at q. NaN where undefined.

    A p-value is never below what exchanging the Subjects could give: with w of k wrong, 1 / C(k, w).
    """
    p_values = np.full(len(values), np.nan)
    for row in np.flatnonzero(~np.isnan(correlations)):
        p_values[row] = _negative_p_value(values[row][~np.isnan(values[row])], float(correlations[row]))
    known = np.flatnonzero(~np.isnan(p_values))
    if len(known):
        p_values[known] = benjamini_hochberg(p_values[known])
    return p_values


def _negative_p_value(scores: Floats, correlation: float) -> float:
    k = len(scores)
    least = 1 / comb(k, int((scores < scores.mean()).sum()))
    if correlation <= -1:
        return least
    t = correlation * np.sqrt((k - 2) / (1 - correlation**2)) if correlation < 1 else np.inf
    return max(least, t_tail(-t, k - 2)) if np.isfinite(t) else 1.0


def subjects_needed(n_samples: int, q: float = 0.05) -> int:
    """Subjects with which one sample alone, of ``n_samples`` that vary, can be shown to disagree at all."""
    k = LEAST_SUBJECTS
    while 1 / comb(k, k // 2) > q / max(n_samples, 1):
        k += 1
    return k

"""Several tests at once. Arrays of p-values in, arrays in the same order out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.stats.bootstrap import Floats


def holm(p_values: Sequence[float] | Floats) -> Floats:
    """Adjusted p-values: rejecting those at most alpha keeps the chance of any false alarm at alpha.

    Source: Holm 1979, Scandinavian Journal of Statistics 6:65-70. No assumption on dependence.
    """
    p, order = _sorted(p_values)
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _restore(np.minimum(stepped, 1.0), order)


def holm_levels(p_values: Sequence[float] | Floats, alpha: float) -> Floats:
    """The level that each test is held to: p <= level exactly where ``holm`` rejects.

    alpha / m for the smallest p, alpha / (m - 1) for the next, until the first that is not rejected;
    all later ones are held to its level.
    """
    p, order = _sorted(p_values)
    levels = alpha / np.arange(len(p), 0, -1)
    is_kept = p[order] > levels
    if is_kept.any():
        levels[int(np.argmax(is_kept)) :] = levels[int(np.argmax(is_kept))]
    return _restore(levels, order)


def benjamini_hochberg(p_values: Sequence[float] | Floats) -> Floats:
    """Adjusted p-values: rejecting those at most q keeps the expected share of false ones at q.

    Source: Benjamini and Hochberg 1995, JRSS B 57:289-300; independent or positively dependent tests.
    """
    p, order = _sorted(p_values)
    m = len(p)
    stepped = np.minimum.accumulate((p[order] * m / np.arange(1, m + 1))[::-1])[::-1]
    return _restore(np.minimum(stepped, 1.0), order)


def _sorted(p_values: Sequence[float] | Floats) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.intp]]]:
    p = np.asarray(p_values, dtype=np.float64)
    return p, np.argsort(p, kind="stable")


def _restore(values: Floats, order: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Floats:
    restored = np.empty_like(values)
    restored[order] = values
    return restored

"""Intervals of coefficients that are ``1 - observed / expected`` disagreement, over items or groups of them.

Wilson's interval of the observed disagreement on an effective number of items, over the expected one. That
number is what gives the standard error of the coefficient by the delta method, which knows that the expected
disagreement is itself uncertain; groups of items are drawn together (CR2). So an interval keeps a width where
nobody disagreed, and does not leave the scale. Sources: Korn and Graubard 1998, Survey Methodology
24:193-201, for the effective number; Efron 1982, "The Jackknife, the Bootstrap and Other Resampling Plans",
chapter 6, for the delta method by small changes of the weights (infinitesimal jackknife).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from evalkit.stats.bootstrap import Codes, Floats
from evalkit.stats.disagreement import Disagreement
from evalkit.stats.groups import group_error
from evalkit.stats.intervals import wilson_interval
from evalkit.stats.student import t_quantile

#: Counts of m items (m, K) -> their rows (m, k), of which formulas take sums.
Build = Callable[[Floats], Floats]
#: Sums of rows (b, k) -> observed and expected disagreement.
Formula = Callable[[Floats], Disagreement]

#: By how much of one item its weight is changed: small against one, large against rounding.
_STEP = 0.01
_CHUNK_CELLS = 4_000_000
#: Standard errors below this are rounding.
_NO_ERROR = 1e-9


class Measured(NamedTuple):
    """A number and both ends of its interval; None where the data give none."""

    value: float | None
    low: float | None = None
    high: float | None = None


class Items(NamedTuple):
    """What is known of n items.

    Attributes:
        counts: (n, K) what raters said of each.
        build: makes rows of them, as these may be too wide to be kept.
        weights: (n,) positive, of mean 1.
        groups: (n,) codes 0 .. n_groups - 1, each there.
    """

    counts: Floats
    build: Build
    weights: Floats
    groups: Codes

    @property
    def n_groups(self) -> int:
        """Groups that the items make up."""
        return int(self.groups.max()) + 1 if len(self.groups) else 0

    def value(self, formula: Formula) -> float | None:
        """The coefficient, None where it is not defined."""
        return self.measured(formula, None).value

    def measured(self, formula: Formula, alpha: float | None) -> Measured:
        """The coefficient with its 1 - ``alpha`` interval; of fewer than two groups, without one."""
        if not len(self.counts):
            return Measured(None)
        total = np.sum([rows.sum(axis=0) for rows in self._rows()], axis=0)[np.newaxis]
        at = formula(total)
        value = float(at.coefficient[0])
        if np.isnan(value):
            return Measured(None)
        if alpha is None or self.n_groups < 2:
            return Measured(value)
        observed, expected = float(at.observed[0]), float(at.expected[0])
        low, high = wilson_interval(observed, self._effective_number(formula, total, at, alpha), alpha)
        return Measured(value, max(-1.0, 1 - high / expected), min(1.0, 1 - low / expected))

    def _effective_number(self, formula: Formula, total: Floats, at: Disagreement, alpha: float) -> float:
        """Items that, drawn singly, would leave the disagreement as uncertain as these do."""
        n = len(self.counts)
        by_group = np.bincount(self.groups, weights=self.weights)
        n_evenly = float(by_group.sum() ** 2 / (by_group**2).sum())
        observed, ratio = self._influence(formula, total)
        error, df = group_error(n * observed, self.groups)
        # No more certain than the observed disagreement alone, although the expected one may offset it: a
        # few disagreements say too little of how the two go together.
        error = max(error, float(at.expected[0]) * group_error(n * ratio, self.groups).error)
        variance = float(at.observed[0] * (1 - at.observed[0]))
        if not error > _NO_ERROR or not variance > 0:
            return n_evenly
        widening = t_quantile(1 - alpha / 2, df) / t_quantile(1 - alpha / 2, n - 1)
        return variance / (error * widening) ** 2

    def _influence(self, formula: Formula, total: Floats) -> tuple[Floats, Floats]:
        """By how much observed disagreement, and its ratio to the expected one, rise for each unit of an
        item's weight; (n,) each."""
        changes = []
        for rows in self._rows():
            more, less = formula(total + _STEP * rows), formula(total - _STEP * rows)
            change = (more.observed - less.observed, less.coefficient - more.coefficient)
            changes.append(np.stack(change) / (2 * _STEP))
        observed, ratio = np.concatenate(changes, axis=1)
        return observed, ratio

    def _rows(self) -> Iterator[Floats]:
        """Weighted rows, some items at a time."""
        width = max(1, self.build(self.counts[:1]).shape[1])
        step = max(1, _CHUNK_CELLS // width)
        for start in range(0, len(self.counts), step):
            part = slice(start, start + step)
            yield self.build(self.counts[part]) * self.weights[part, np.newaxis]

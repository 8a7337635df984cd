"""Resampling a metric of a confusion table, in which cells that were not seen count too.

Where one sample in ten is of the class that F1 is about, a third of all sets of ten samples hold none of it.
Each resample of such a set has an F1 of 0, and the interval misses. So each draw is a table drawn from what
these samples say of the true one: Dirichlet with the weight of each sample in its cell, and two samples'
worth of weight spread evenly over the cells, which is a half each in a table of two classes (Jeffreys'
prior). Sources: Goutte and Gaussier 2005, ECIR, LNCS 3408:345-359, for F1; Rubin 1981, Annals of Statistics
9:130-134, for weights of samples that have several responses.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from evalkit.stats.bootstrap import N_RESAMPLES, Aggregate, Codes, Floats, SampleRows, merge_equal

#: Samples' worth of weight over all cells of the table.
PRIOR = 2.0
#: Beyond these the table has too many cells to draw, or so many samples that none is missed.
MAX_CELLS, MAX_UNITS = 4_096, 20_000
_CHUNK_CELLS = 1_000_000


class Cells(NamedTuple):
    """Rows of all cells, (targets, answers, k): what a response of that target and that answer adds."""

    rows: Floats

    def of(self, n_sides: int) -> list[Floats] | None:
        """One (cells, k) array for each side that answered the same samples, any answers of one side beside
        any of another; None where there are too many."""
        n_targets, n_answers, width = self.rows.shape
        shape = (n_targets, *(n_answers,) * n_sides)
        if np.prod(shape) > MAX_CELLS:
            return None
        target, *answers = np.indices(shape)
        return [self.rows[target, answer].reshape(-1, width) for answer in answers]


def smoothed_draws(
    aggregate: Aggregate,
    sides: Sequence[SampleRows],
    cells: Sequence[Floats],
    n_units: int,
    *,
    n_draws: int = N_RESAMPLES,
    seed: int = 0,
) -> Floats:
    """The metric over drawn tables, (len(sides), n_draws); every side sees the same draw.

    Args:
        cells: rows of the cells, (c, k) for each side.
        n_units: samples, or groups, that the sides code. A cell weighs as much as a unit of average size.
    """
    rng = np.random.default_rng(seed)
    n_rows = [len(side.rows) for side in sides]
    sizes, sides = merge_equal(sides, n_units)
    shapes = np.ones(n_units) if sizes is None else sizes.astype(np.float64)
    work = [
        partial(_values, aggregate, np.vstack((side.rows, rows)), side.samples, n / n_units)
        for side, rows, n in zip(sides, cells, n_rows, strict=True)
    ]
    prior = np.full(len(cells[0]), PRIOR / len(cells[0]))
    step = max(1, _CHUNK_CELLS // max(*n_rows, len(shapes) + len(prior)))
    parts = []
    for start in range(0, n_draws, step):
        n = min(step, n_draws - start)
        weights = rng.standard_gamma(shapes, (n, len(shapes))), rng.standard_gamma(prior, (n, len(prior)))
        parts.append(np.stack([values(*weights) for values in work]))
    return np.hstack(parts)


def _values(
    aggregate: Aggregate, rows: Floats, samples: Codes, size: float, seen: Floats, unseen: Floats
) -> Floats:
    return aggregate(rows, np.hstack((np.take(seen, samples, axis=1), size * unseen)))

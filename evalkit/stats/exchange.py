"""Are two sides one? Answers to the same samples, exchanged at random between sides of unequal size.

Where one side answered more often than the other, neither a bootstrap nor signs flipped by sample are safe.
A side that was lucky with every sample varies in no resample, and the mean of the other side's many answers
is known well, so that chance looks like proof. If nothing changed, any of the answers to a sample could have
come from either side. This test lets them, and is exact then, however few samples there are.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from evalkit.core.frozen import frozen
from evalkit.stats.bootstrap import Aggregate, Codes, Floats, SampleRows, distinct_rows
from evalkit.stats.sides import NOTHING, Sides

#: Arrangements at first, and in all where fewer than ``_MIN_BEYOND`` of the first lie beyond the difference.
N_FIRST, N_ALL = 2_000, 20_000
_MIN_BEYOND = 10
#: With more rows that vary than this, luck of one side is out of the question; and the test would be dear.
_MAX_ROWS, _MAX_GIVEN = 1_000, 40_000
_CHUNK_CELLS = 500_000


def has_unequal_counts(baseline: SampleRows, candidate: SampleRows) -> bool:
    """Whether some sample has more rows on one side than on the other. Both sides have the same samples."""
    if len(baseline.rows) == len(candidate.rows) and np.array_equal(baseline.samples, candidate.samples):
        return False
    return not np.array_equal(np.bincount(baseline.samples), np.bincount(candidate.samples))


def exchange_test(
    aggregate: Aggregate, baseline: SampleRows, candidate: SampleRows, seed: int = 0, *, is_by_sample: bool
) -> Sides | None:
    """p-values of both sides' answers to each sample being of one distribution; None where there are more
    than 1,000 rows that vary, or 40,000 in all.

    The answers to a sample stand in a circle, baseline first, which is turned at random; turns are a group,
    so that the test is exact (Hemerik and Goeman 2018, TEST 27:811-825). The share of 2,000
    arrangements with a difference as far down, and as far up, the observed one among them (Phipson and Smyth
    2010, Statistical Applications in Genetics and Molecular Biology 9:39); of 20,000 where the smaller share
    is too small to tell (Besag and Clifford 1991, Biometrika 78:301-304). Exchanging the sides exchanges the
    directions.

    Args:
        is_by_sample: whether samples weigh alike however many rows they have, as in a mean of their means.
    """
    circles = _circles(baseline, candidate, is_by_sample)
    if circles is None:
        return None
    rng = np.random.default_rng(seed)
    seen = _differences(aggregate, circles, np.zeros((1, len(circles.sizes)), dtype=np.intp))
    shares = NOTHING
    for n_arrangements in (N_FIRST, N_ALL):
        for turns in _turns(rng, circles, n_arrangements - len(seen)):
            seen = np.append(seen, _differences(aggregate, circles, turns))
        n_below, n_above, n_finite = _counts_beyond(seen)
        shares = Sides(n_below / n_finite, n_above / n_finite) if n_finite else NOTHING
        if min(n_below, n_above) >= _MIN_BEYOND:
            break
    return shares


def _counts_beyond(values: Floats) -> tuple[int, int, int]:
    """Of values (b,) those as far down as the first, those as far up, and how many are numbers."""
    finite = values[np.isfinite(values)]
    # Sums in another order differ in the last bits; those must still count as equal.
    rounding = 1e-9 * float(np.abs(finite).max(initial=0.0))
    n_below = int(np.count_nonzero(finite <= values[0] + rounding))
    return n_below, int(np.count_nonzero(finite >= values[0] - rounding)), len(finite)


@frozen(slots=True)
class _Circles:
    """Rows (v + f, k): those of m samples that vary, and then the distinct rows of all other samples.

    Attributes:
        samples, places: (v,) the circle of each row and where in it the row stands.
        sizes, firsts: (m,) rows in each circle, and those of them that are the baseline's.
        weights: (2, m) what a row of each circle counts on either side.
        fixed: (2, f) what the rows that do not vary count on either side.
    """

    rows: Floats
    samples: Codes
    places: Codes
    sizes: Codes
    firsts: Codes
    weights: Floats
    fixed: Floats


def _circles(baseline: SampleRows, candidate: SampleRows, is_by_sample: bool) -> _Circles | None:
    sides = baseline, candidate
    if sum(len(side.rows) for side in sides) > _MAX_GIVEN:
        return None
    counts = np.stack([np.bincount(side.samples) for side in sides])
    sizes = counts.sum(axis=0)
    weights = 1 / counts if is_by_sample else np.ones(counts.shape)
    samples = np.concatenate([side.samples for side in sides])
    order = np.argsort(samples, kind="stable")
    samples, rows = samples[order], np.concatenate([side.rows for side in sides])[order]
    starts = np.cumsum(sizes) - sizes
    varies = np.bincount(samples, weights=np.any(rows != rows[starts[samples]], axis=1)) > 0
    places, is_in = np.arange(len(rows)) - starts[samples], varies[samples]
    is_first = places < counts[0][samples]
    as_given = np.stack((is_first, ~is_first)) * weights[:, samples]
    fixed = _merged(rows[~is_in], as_given[:, ~is_in], _MAX_ROWS - int(np.count_nonzero(is_in)))
    if fixed is None:
        return None
    return _Circles(
        rows=np.concatenate((rows[is_in], fixed[0])),
        samples=(np.cumsum(varies) - 1)[samples[is_in]],
        places=places[is_in],
        sizes=sizes[varies],
        firsts=counts[0][varies],
        weights=weights[:, varies],
        fixed=fixed[1],
    )


def _merged(rows: Floats, weights: Floats, limit: int) -> tuple[Floats, Floats] | None:
    """Distinct rows with the sums of their weights (2, n); None where there are more than ``limit``."""
    codes = distinct_rows(rows, limit) if limit >= 0 else None
    if codes is None:
        return None
    _, first = np.unique(codes, return_index=True)
    n = len(first)
    return rows[first], np.stack([np.bincount(codes, weights=side, minlength=n) for side in weights])


def _turns(rng: np.random.Generator, circles: _Circles, n_turns: int) -> Iterator[Codes]:
    """Chunks (b, m) of how far each circle is turned."""
    chunk = max(1, _CHUNK_CELLS // max(1, len(circles.rows)))
    for start in range(0, n_turns, chunk):
        yield rng.integers(0, circles.sizes, (min(chunk, n_turns - start), len(circles.sizes)))


def _differences(aggregate: Aggregate, circles: _Circles, turns: Codes) -> Floats:
    """Candidate less baseline, (b,), with the circles turned."""
    own = circles.samples
    sizes, firsts = circles.sizes[own], circles.firsts[own]
    places = circles.places - np.take(turns, own, axis=1)
    # Places before the start are those at the end of the circle.
    is_first: npt.NDArray[np.bool_] = (places < firsts - sizes) | ((places >= 0) & (places < firsts))
    baseline, candidate = (
        aggregate(circles.rows, np.hstack((side * weights, np.tile(fixed, (len(turns), 1)))))
        for side, weights, fixed in zip(
            (is_first, ~is_first), circles.weights[:, own], circles.fixed, strict=True
        )
    )
    return candidate - baseline

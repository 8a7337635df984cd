"""Resampling a corpus metric over samples: repeats stay with their sample, both sides share the draw."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import exp, factorial, sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
#: ``(rows (n, k), weights (b, n)) -> values (b,)``, weights saying how often each row counts.
Aggregate = Callable[[Floats, Floats], Floats]

N_RESAMPLES = 2_000
_LARGE = 10_000
_CHUNK_CELLS = 4_000_000
_BLOCK_CELLS = 16_384


class SampleRows(NamedTuple):
    """Rows of one evaluation, (n, k), and the sample of each as a code in 0 .. n_samples - 1, (n,)."""

    rows: Floats
    samples: Codes


def bootstrap(
    aggregate: Aggregate,
    sides: Sequence[SampleRows],
    n_samples: int,
    *,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Floats:
    """The metric over resamples of the samples, (len(sides), n_resamples), NaN where it is not defined.

    Every side sees the same resample, which makes the difference of two sides a paired one. Memory is
    bounded by chunks of resamples. Samples whose rows are equal on every side are drawn together, by one
    multinomial count (the same distribution, and the reason why 100,000 confusion pairs take no time).
    """
    rng = np.random.default_rng(seed)
    sizes, sides = _merge_equal(sides, n_samples)
    values = np.empty((len(sides), n_resamples))
    start = 0
    for weights in _draw(rng, sizes, n_samples, n_resamples):
        stop = start + len(weights)
        for index, side in enumerate(sides):
            values[index, start:stop] = aggregate(side.rows, _expand(weights, side.samples))
        start = stop
    return values


def _merge_equal(sides: Sequence[SampleRows], n_samples: int) -> tuple[Codes | None, Sequence[SampleRows]]:
    """How many samples stand behind each distinct row, or None where merging does not pay."""
    if any(len(side.rows) != n_samples for side in sides):
        return None, sides
    limit = max(256, n_samples // 20)
    ordered = [side.rows[np.argsort(side.samples, kind="stable")] for side in sides]
    joined = np.hstack(ordered)
    if n_samples > 2 * limit and len(np.unique(joined[: 2 * limit], axis=0)) > limit:
        return None, sides
    _, first, sizes = np.unique(joined, axis=0, return_index=True, return_counts=True)
    if len(sizes) > limit:
        return None, sides
    # In order of first appearance, which does not depend on the order of the sides.
    order = np.argsort(first)
    first, sizes = first[order], sizes[order]
    return sizes, [SampleRows(rows[first], np.arange(len(first))) for rows in ordered]


def _expand(weights: Floats, samples: Codes) -> Floats:
    is_one_row_each = len(samples) == weights.shape[1] and np.array_equal(samples, np.arange(len(samples)))
    return weights if is_one_row_each else np.take(weights, samples, axis=1)


def _draw(
    rng: np.random.Generator, sizes: Codes | None, n_samples: int, n_resamples: int
) -> Iterator[Floats]:
    """Chunks of weights (b, units): how often each unit stands in each resample; rows sum to n_samples."""
    n_units = n_samples if sizes is None else len(sizes)
    chunk = max(1, min(n_resamples, _CHUNK_CELLS // n_units))
    buffer = np.empty((chunk, n_units))
    for start in range(0, n_resamples, chunk):
        weights = buffer[: min(chunk, n_resamples - start)]
        if sizes is not None:
            weights[:] = rng.multinomial(n_samples, sizes / n_samples, size=len(weights))
        elif n_samples < _LARGE:
            _fill(rng, weights)
        else:
            _fill_large(rng, weights)
        yield weights


def _fill(rng: np.random.Generator, weights: Floats) -> None:
    """Counts of n single draws in each row; small rows are counted together, by numbers of their own."""
    n = weights.shape[1]
    step = max(1, _BLOCK_CELLS // n)
    for start in range(0, len(weights), step):
        rows = weights[start : start + step]
        drawn = rng.integers(0, n, size=rows.shape, dtype=np.uint32)
        drawn += np.arange(0, rows.size, n, dtype=np.uint32)[:, np.newaxis]
        rows[:] = np.bincount(drawn.ravel(), minlength=rows.size).reshape(rows.shape)


def _fill_large(rng: np.random.Generator, weights: Floats) -> None:
    """Poisson counts at a rate just under one, topped up to n by single draws: multinomial given the total,
    hence multinomial in all, at a fifth of the time of n single draws."""
    n = weights.shape[1]
    counts = _poisson_counts(1.0 - 4.0 / sqrt(n))
    for row in weights:
        np.take(counts, rng.integers(0, 65_536, size=n, dtype=np.uint16), out=row, mode="clip")
        n_missing = n - int(row.sum())
        if n_missing < 0:
            _fill(rng, row[np.newaxis])
        else:
            np.add.at(row, rng.integers(0, n, size=n_missing), 1.0)


def _poisson_counts(rate: float) -> Floats:
    """65,536 equally likely counts that follow a Poisson distribution to within 1 / 65,536."""
    masses = [exp(-rate) * rate**k / factorial(k) for k in range(12)]
    ends = np.rint(np.cumsum(masses) * 65_536).astype(np.intp)
    ends[-1] = 65_536
    return np.repeat(np.arange(12.0), np.diff(ends, prepend=0))

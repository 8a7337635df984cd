"""Paired tests and intervals: the same samples, scored twice. Tests tell both directions apart."""

from __future__ import annotations

from math import sqrt

import numpy as np

from evalkit.stats.binomial import binomial_cdf
from evalkit.stats.bootstrap import Floats
from evalkit.stats.intervals import Interval
from evalkit.stats.normal import normal_quantile
from evalkit.stats.sides import NOTHING, Sides

_MAX_ENUMERATED = 16
_FLIP_BUDGET = 100_000_000
_WORD = 2**64 - 1


def mcnemar(n_wins: int, n_losses: int) -> Sides:
    """p-values of equal chances for wins and losses, given how many samples flipped: the exact binomial test,
    whose ``worse`` is the chance of so few wins, or fewer.

    Sources: McNemar 1947, Psychometrika 12:153-157; exact as in Fagerland, Lydersen and Laake 2013, BMC
    Medical Research Methodology 13:91.
    """
    n_flips = n_wins + n_losses
    if n_flips == 0:
        return NOTHING
    return Sides(binomial_cdf(n_wins, n_flips, 0.5), binomial_cdf(n_losses, n_flips, 0.5))


def tango_interval(n_wins: float, n_losses: float, n: float, alpha: float = 0.05) -> Interval:
    """Score interval of the difference of two paired shares, (wins - losses) / n, within -1 .. 1.

    The ends are where the score test of that difference gives p = alpha. Unlike Wald's, it has a width
    even where nothing flipped. Source: Tango 1998, Statistics in Medicine 17:891-908. All three may be
    effective numbers.
    """
    z = normal_quantile(1 - alpha / 2)
    high = _tango_high(n_wins, n_losses, n, z)
    return Interval(-_tango_high(n_losses, n_wins, n, z), high)


def _tango_high(n_wins: float, n_losses: float, n: float, z: float) -> float:
    low, high = (n_wins - n_losses) / n, 1.0
    for _ in range(64):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _tango_score(n_wins, n_losses, n, middle) > -z else (low, middle)
    return 0.5 * (low + high)


def _tango_score(n_wins: float, n_losses: float, n: float, difference: float) -> float:
    """The score statistic at a given true difference, the share of losses at its constrained maximum."""
    a = 2.0 * n
    b = -n_wins - n_losses + (2.0 * n - n_wins + n_losses) * difference
    c = -n_losses * difference * (1.0 - difference)
    root = sqrt(max(0.0, b * b - 4.0 * a * c))
    # The textbook root (root - b) / 2a cancels where b > 0; its conjugate does not.
    share_lost = (root - b) / (2.0 * a) if b <= 0 else -2.0 * c / (b + root)
    variance = n * (2.0 * share_lost + difference * (1.0 - difference))
    distance = n_wins - n_losses - n * difference
    return distance / sqrt(variance) if variance > 0 else float(np.copysign(np.inf, distance))


def sign_flip_test(differences: Floats, seed: int = 0) -> Sides:
    """p-values of differences (n,) symmetric around zero: how often random signs give so small a sum, and so
    large a one.

    All sign patterns are tried where at most 16 differences are not zero; else 10,000 to 100,000 random
    ones (fewer at large n), counting the observed one among them. Sources: Fisher 1935, The Design of
    Experiments, section 21; Phipson and Smyth 2010, Statistical Applications in Genetics and Molecular
    Biology 9:39, for the count.
    """
    sizes = np.abs(differences[differences != 0])
    if not len(sizes):
        return NOTHING
    # Sums in another order differ in the last bits; those must still count as equal.
    rounding = 1e-9 * float(sizes.sum())
    # Signs are as often one way as the other, so that both directions are read from one tail of the sums.
    limits = [sign * float(differences.sum()) - rounding for sign in (-1, 1)]
    if len(sizes) <= _MAX_ENUMERATED:
        sums = _all_signed_sums(sizes)
        return Sides(*(float(np.mean(sums >= limit)) for limit in limits))
    n_flips = int(np.clip(_FLIP_BUDGET // len(sizes), 10_000, 100_000))
    sums = _random_signed_sums(sizes, n_flips, np.random.default_rng(seed))
    return Sides(*((1 + int(np.count_nonzero(sums >= limit))) / (n_flips + 1) for limit in limits))


def _all_signed_sums(sizes: Floats) -> Floats:
    sums = np.zeros(1)
    for size in sizes:
        sums = np.concatenate((sums + size, sums - size))
    return sums


def _random_signed_sums(sizes: Floats, n_flips: int, rng: np.random.Generator) -> Floats:
    """Eight sizes at a time: one random byte picks one of their 256 signed sums."""
    padded = np.append(np.sort(sizes), np.zeros(-len(sizes) % 8)).reshape(-1, 8)
    signs = 1.0 - 2.0 * np.unpackbits(np.arange(256, dtype=np.uint8)[:, np.newaxis], axis=1)
    sums, step = np.zeros(n_flips), np.empty(n_flips)
    for eight in padded @ signs.T:
        # Words of 64 random bits, each read as eight bytes.
        words = rng.integers(0, _WORD, size=-(-n_flips // 8), dtype=np.uint64, endpoint=True)
        sums += np.take(eight, words.view(np.uint8)[:n_flips], out=step, mode="clip")
    return sums

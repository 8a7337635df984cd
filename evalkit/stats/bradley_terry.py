"""Strengths from paired comparisons: the model of Bradley and Terry with the ties of Davidson.

Of two with strengths ``a`` and ``b`` (natural logs of worth) the first is preferred with probability
exp(a) / d, the second with exp(b) / d, and neither with ``tie`` * exp((a + b) / 2) / d, where d is the sum of
the three numerators. Without ties this is the model of Bradley and Terry.

Sources: Bradley and Terry 1952, Biometrika 39:324-345; Davidson 1970, Journal of the American Statistical
Association 65:317-328; that the likelihood has one maximum where each can be reached from each by wins: Ford
1957, American Mathematical Monthly 64:28-33. Fitted by Newton's method: the log-likelihood is concave in the
strengths and in log ``tie``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.bootstrap import Codes, Floats

_Flags = npt.NDArray[np.bool_]

#: The curvature that is added in every direction, as a share of the number of comparisons: it settles what
#: the data leave open (a common shift, one who never lost), and moves other strengths by less than 1e-8.
_RIDGE = 1e-10
_MAX_STEP, _MAX_STEPS = 2.0, 100
#: The next step of Newton's method is about the square of this one.
_LAST_STEP = 1e-7


class Strengths(NamedTuple):
    """What b sets of comparisons between m say.

    Attributes:
        logs: (b, m) natural logs of worth, their mean 0. One who never lost has a large one, no infinite one.
        tie: (b,) how often two of equal worth tie, as odds against one of them: 0 without ties.
    """

    logs: Floats
    tie: Floats

    def shares(self) -> Floats:
        """(b, m, m) the share of a comparison that the first is expected to get from the second: the
        probability of being preferred and half of that of a tie. One half on the diagonal."""
        won, _, tied = _probabilities(self.logs, self.tie)
        shares: Floats = won + tied / 2
        return shares

    def mean_shares(self) -> Floats:
        """(b, m) the expected share of each against the others, the mean over these."""
        m = self.logs.shape[1]
        return np.asarray((self.shares().sum(axis=2) - 0.5) / (m - 1))


def bradley_terry(wins: Floats, ties: Floats) -> Strengths:
    """Maximum-likelihood strengths.

    Args:
        wins: (b, m, m) how often the first was preferred to the second; counts may be weighted.
        ties: (b, m, m) how often neither was, the same in both orders.

    In each set the fitted shares add up to those that were seen: for each of the m, and over all ties. So
    where all meet equally often, ``mean_shares`` is the share that was seen.
    """
    has_ties: _Flags = np.asarray(ties.any(axis=(1, 2)))
    counts = wins + wins.transpose(0, 2, 1) + ties
    total = np.maximum(counts.sum(axis=(1, 2)) / 2, 1.0)
    seen = (wins + ties / 2).sum(axis=2), ties.sum(axis=(1, 2)) / 2
    b, m = wins.shape[:2]
    found = np.zeros((b, m + 1))
    best, scale = np.full(b, -np.inf), np.ones(b)
    tried = found
    for _ in range(_MAX_STEPS):
        height = _likelihood(tried, wins, ties, has_ties) - _RIDGE * total * (tried**2).sum(axis=1) / 2
        is_up = height >= best - 1e-12 * total
        best = np.where(is_up, height, best)
        found = np.where(is_up[:, np.newaxis], tried, found)
        scale = np.where(is_up, np.minimum(1.0, 2 * scale), scale / 2)
        slope, curvature = _derivatives(found, counts, seen, total, has_ties)
        step = np.linalg.solve(curvature, slope[:, :, np.newaxis])[:, :, 0]
        longest = np.abs(step).max(axis=1)
        factor = scale * np.minimum(1.0, _MAX_STEP / np.maximum(longest, _MAX_STEP))
        tried = found + factor[:, np.newaxis] * step
        if not (longest > _LAST_STEP).any():
            found = tried
            break
    logs = found[:, :m] - found[:, :m].mean(axis=1, keepdims=True)
    return Strengths(logs, np.where(has_ties, np.exp(found[:, m]), 0.0))


def linked(counts: Floats, start: int) -> Codes:
    """Those that ``start`` can be held against, itself among them: compared with it, or with one that was.

    Args:
        counts: (m, m) comparisons between each two, the same in both orders.
    """
    reached = np.zeros(len(counts), dtype=np.bool_)
    reached[start] = True
    for _ in range(len(counts)):
        reached |= (counts[reached] > 0).any(axis=0)
    return np.flatnonzero(reached)


def _probabilities(logs: Floats, tie: Floats) -> tuple[Floats, Floats, Floats]:
    """(b, m, m) of the first being preferred, of the second, and of a tie."""
    half = (logs[:, :, np.newaxis] - logs[:, np.newaxis, :]) / 2
    # exp(half) : exp(-half) : tie, without an overflow.
    first, second = np.exp(np.minimum(0.0, 2 * half)), np.exp(np.minimum(0.0, -2 * half))
    neither = tie[:, np.newaxis, np.newaxis] * np.exp(-np.abs(half))
    whole = first + second + neither
    return first / whole, second / whole, neither / whole


def _likelihood(at: Floats, wins: Floats, ties: Floats, has_ties: _Flags) -> Floats:
    won, _, tied = _probabilities(at[:, :-1], np.where(has_ties, np.exp(at[:, -1]), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        heights = np.where(wins > 0, wins * np.log(won), 0.0) + np.where(ties > 0, ties * np.log(tied), 0) / 2
    return np.asarray(heights.sum(axis=(1, 2)))


def _derivatives(
    at: Floats, counts: Floats, seen: tuple[Floats, Floats], total: Floats, has_ties: _Flags
) -> tuple[Floats, Floats]:
    """Slope (b, m + 1) of the penalised log-likelihood, and its curvature (b, m + 1, m + 1), sign turned."""
    b, m = counts.shape[:2]
    won, _, tied = _probabilities(at[:, :-1], np.where(has_ties, np.exp(at[:, -1]), 0.0))
    share = won + tied / 2
    slope = -_RIDGE * total[:, np.newaxis] * at
    slope[:, :m] += seen[0] - (counts * share).sum(axis=2)
    slope[:, m] += np.where(has_ties, seen[1] - (counts * tied).sum(axis=(1, 2)) / 2, 0.0)
    spread = counts * (won + tied / 4 - share**2)
    with_ties = (counts * tied * (0.5 - share)).sum(axis=2)
    curvature = np.zeros((b, m + 1, m + 1))
    # Along a common shift of all strengths there is none; some is put there, so that rounding moves nothing.
    curvature[:, :m, :m] = (total / m**2)[:, np.newaxis, np.newaxis] - spread
    places = np.arange(m)
    curvature[:, places, places] += spread.sum(axis=2)
    curvature[:, :m, m] = curvature[:, m, :m] = with_ties
    curvature[:, m, m] = (counts * tied * (1 - tied)).sum(axis=(1, 2)) / 2 + np.where(has_ties, 0.0, 1.0)
    places = np.arange(m + 1)
    curvature[:, places, places] += (_RIDGE * total)[:, np.newaxis]
    return slope, curvature

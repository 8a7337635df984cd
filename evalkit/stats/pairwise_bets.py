"""Bets on every ordered pair of Subjects, sample by sample: who is better than whom, whenever one stops.

For each pair (i, j) somebody bets that the mean of j is larger than that of i, on the differences of the
same samples, as ``evalkit.stats.betting.Wager`` does for one pair. While it is not larger the chance that the
wealth ever grows to 1 / alpha times its start is at most alpha (Ville 1939), however often one looks.
"""

from __future__ import annotations

import numpy as np

from evalkit.stats.betting import BETS, SHARES
from evalkit.stats.bootstrap import Floats


class PairwiseBets:
    """All n (n - 1) bets at once: some 30 microseconds for each sample of 8 Subjects.

    Attributes:
        peaks: (n, n) log of the largest wealth so far of who bets that the column's mean is larger than the
            row's; 0 at the start and on the diagonal.
    """

    def __init__(self, n: int) -> None:
        self._logs: Floats = np.tile(np.log(SHARES), (n, n, 1))
        self.peaks: Floats = np.zeros((n, n))

    def add(self, values: Floats) -> None:
        """Settle the bets on one sample: ``values`` (n,) in 0 .. 1, nan where there is none, which settles no
        bet of that Subject."""
        # Betting on (difference + 1) / 2 against a mean of one half, the odds less one are the difference.
        differences = np.nan_to_num(values[np.newaxis, :] - values[:, np.newaxis])
        if not differences.any():
            return
        self._logs += np.log1p(BETS * differences[:, :, np.newaxis])
        top = self._logs.max(axis=2)
        wealth = top + np.log(np.exp(self._logs - top[:, :, np.newaxis]).sum(axis=2))
        np.maximum(self.peaks, wealth, out=self.peaks)

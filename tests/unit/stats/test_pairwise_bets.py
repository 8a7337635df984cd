"""Bets on all pairs are those on each pair."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.stats.betting import Wager
from evalkit.stats.pairwise_bets import PairwiseBets


def test_each_pair_wins_what_a_wager_on_its_differences_wins() -> None:
    values = np.random.default_rng(0).choice([0.0, 0.3, 1.0], size=(60, 3), p=[0.3, 0.2, 0.5])
    bets = PairwiseBets(3)
    wagers = {(i, j): Wager(0.5) for i in range(3) for j in range(3) if i != j}
    for row in values:
        bets.add(row)
        for (i, j), wager in wagers.items():
            wager.add((row[j] - row[i] + 1) / 2)
    for (i, j), wager in wagers.items():
        assert bets.peaks[i, j] == pytest.approx(wager.peak, abs=1e-9)


def test_a_missing_value_settles_no_bet() -> None:
    bets = PairwiseBets(3)
    bets.add(np.array([0.0, 1.0, np.nan]))
    assert bets.peaks[0, 1] > 0
    assert bets.peaks[0, 2] == bets.peaks[2, 1] == 0

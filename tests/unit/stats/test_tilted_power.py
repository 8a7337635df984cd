"""How many values the tilted interval takes, against samples that are drawn."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from evalkit.stats.tilted import bounded_mean
from evalkit.stats.tilted_power import n_to_show, shown_by

#: In a fiftieth of the samples a large move, elsewhere a small one.
RARE, LARGE, SMALL = 0.02, 0.8, 0.06
SD = sqrt(RARE * LARGE**2 / 3 + (1 - RARE) * SMALL**2)
KURTOSIS = (RARE * LARGE**4 / 5 + (1 - RARE) * 3 * SMALL**4) / SD**4 - 3


def test_means_that_few_large_moves_make_are_shown_as_often_as_planned() -> None:
    rng, drop, n_drawn = np.random.default_rng(7), 0.02, 500
    n = n_to_show(drop, SD, KURTOSIS, 1.0)
    n_shown = 0
    for _ in range(n_drawn):
        is_large = rng.random(n) < RARE
        moves = np.where(is_large, rng.uniform(-LARGE, LARGE, n), rng.normal(0, SMALL, n))
        n_shown += bounded_mean(moves - drop, -1.0, 1.0).interval(0.1).high < 0
    # By the formula without kurtosis, on a fifth fewer values, it is 69 %.
    assert 0.76 < n_shown / n_drawn < 0.86


def test_values_that_hardly_vary_have_to_leave_room_for_one_at_the_bound() -> None:
    # The usual formula asks for 14, on which one unseen value may move the mean by more than the drop.
    assert n_to_show(0.05, 0.068) == 14
    assert n_to_show(0.05, 0.068, scale=1.0) >= 30


@pytest.mark.parametrize("kurtosis", [0.0, 20.0])
def test_what_n_values_show_takes_n_values(kurtosis: float) -> None:
    n = n_to_show(0.05, 0.3, kurtosis, 1.0)
    assert shown_by(n, 0.3, kurtosis, 1.0) == pytest.approx(0.05, rel=0.01)

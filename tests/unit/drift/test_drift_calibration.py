"""Nights made of real answers: a shorter version of what ``make calibration`` prints."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.stats.changepoint import find_changes
from tests.calibration import drift
from tests.calibration.drift_rows import ROWS, Row
from tests.shared_data import shared_data


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_nights_on_which_nothing_moves_raise_no_more_alarms_than_stated(row: Row) -> None:
    """Looks at 50, 150 and 400 nights of 10 histories; 5 % within three standard errors is at most 2."""
    counts = row.counts(400)
    alarms = 0
    for seed in range(10):
        values = row.values(np.random.default_rng([seed, 2]), counts)
        alarms += any(
            find_changes(values[:n], counts=counts[:n], floor=0.5 / counts[:n]) for n in (50, 150, 400)
        )
    assert alarms <= 2


@pytest.mark.shared_data
def test_a_step_of_three_points_on_500_samples_is_seen_within_five_nights() -> None:
    shared_data("llmdrift")
    found = list(drift.delays(10))
    assert sum(delay is not None and delay <= drift.SOON for delay in found) >= 9


@pytest.mark.shared_data
def test_histories_without_a_step_raise_no_more_alarms_than_stated() -> None:
    shared_data("llmdrift")
    assert drift.false_alarms(8, seed=7) <= 2, "5 % of 8 within three standard errors"

"""Nights made of real answers: a shorter version of what ``make calibration`` prints."""

from __future__ import annotations

import pytest

from tests.calibration import drift
from tests.shared_data import shared_data

pytestmark = pytest.mark.shared_data


def test_a_step_of_three_points_on_500_samples_is_seen_within_five_nights() -> None:
    shared_data("llmdrift")
    found = list(drift.delays(20))
    assert sum(delay is not None and delay <= drift.SOON for delay in found) >= 18


def test_histories_without_a_step_raise_no_more_alarms_than_stated() -> None:
    shared_data("llmdrift")
    assert drift.false_alarms(20, seed=7) <= 4, "5 % of 20 within three standard errors"

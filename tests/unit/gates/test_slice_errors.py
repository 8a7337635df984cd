"""Seeded simulations of slices: what is false stays as rare as it is promised. ``make calibration`` prints
them with more sessions.

Counts are held to what a binomial count passes once in a thousand, at the rate that is promised.
"""

from __future__ import annotations

import pytest

from tests.calibration.slices import GATED, SCANNED, SliceSessions, gate_errors, scan_errors
from tests.unit.gates.test_calibration import most

N = 40


@pytest.mark.parametrize("which", [GATED[2], GATED[4]], ids=lambda each: each.label)
def test_any_false_fail_of_slice_gates_is_as_rare_as_alpha(which: SliceSessions) -> None:
    found = gate_errors(which, N)
    assert found.n_false <= most(N, 0.05)
    assert found.n_naive > found.n_false  # each slice at alpha by itself


def test_slices_that_nobody_asked_about_move_for_nothing_as_rarely_as_promised() -> None:
    found = scan_errors(SCANNED[0], N)
    assert found.false.sum() <= most(N, 0.05) < found.naive.sum()


def test_slices_that_moved_are_found_with_few_false_ones() -> None:
    found = scan_errors(SCANNED[1], N)
    assert found.false.mean() < 0.05 < found.naive.mean()
    assert found.found.mean() > 0.5

"""Sequential gates whose samples come in batches: asking ends between two batches only."""

from __future__ import annotations

from math import sqrt

from evalkit.session.batches.lane import N_PARTS
from tests.calibration.simulation import ALPHA, Session, simulate

N_SESSIONS = 400


def test_false_alarms_stay_below_alpha() -> None:
    _, looked = simulate(Session("graded", 60), N_SESSIONS, has_looks=True, n_parts=N_PARTS)
    assert looked.n_alarms / N_SESSIONS <= ALPHA + 3 * sqrt(ALPHA * (1 - ALPHA) / N_SESSIONS)


def test_a_clear_drop_ends_the_asking_between_batches() -> None:
    _, looked = simulate(Session("graded", 400, drop=0.5), 10, has_looks=True, n_parts=N_PARTS)
    assert looked.n_alarms == 10
    assert looked.share_asked == 1 / N_PARTS

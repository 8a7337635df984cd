"""Simulated sessions: asking again decides gates that own noise left open, without more false alarms."""

from __future__ import annotations

from math import sqrt

import pytest

from tests.calibration.rerun_simulation import ALPHA, RerunSession, simulate_rerun


@pytest.mark.parametrize(
    ("session", "n"),
    [
        (RerunSession("own", 60, margin=0.0, is_live=True), 300),
        (RerunSession("own", 40, 4, margin=0.0, is_live=True, n_rounds=2), 120),
        (RerunSession("own", 60, margin=0.0, is_live=True, has_history=True), 300),
        (RerunSession("mixed", 40, margin=0.0), 300),
    ],
    ids=["one-gate", "four-gates", "history", "stored-baseline"],
)
def test_sessions_without_any_change_raise_false_alarms_at_most_at_alpha(
    session: RerunSession, n: int
) -> None:
    tally = simulate_rerun(session, n)
    assert tally.n_asked > 0
    assert tally.n_alarms / n <= ALPHA + 3 * sqrt(ALPHA * (1 - ALPHA) / n)


def test_own_noise_that_left_gates_undecided_is_asked_away() -> None:
    # Three samples in ten are right every other time: alone, 100 samples decide one gate in three.
    n = 150
    tally = simulate_rerun(RerunSession("own", 100, margin=0.1, is_live=True), n, seed=1)
    assert tally.n_newly_decided >= 0.5 * (n - tally.n_decided_fixed)


def test_samples_that_never_vary_are_asked_at_most_once_more() -> None:
    n = 100
    session = RerunSession("fixed", 100, margin=0.05)
    tally = simulate_rerun(session, n, seed=1)
    assert tally.n_asked <= n * session.n

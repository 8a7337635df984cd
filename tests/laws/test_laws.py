"""A short drive of whole sessions against the laws; ``make soak`` is the long one."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.laws.machine import Sessions

#: The same sessions each time, so that a red build can be run again; ``make soak`` takes new ones.
Sessions.TestCase.settings = settings(
    max_examples=4,
    stateful_step_count=6,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestSessions = Sessions.TestCase

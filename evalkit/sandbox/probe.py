"""What an attempt to break out of a level came to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Probe:
    """One real escape attempt, or one level that was tried.

    Attributes:
        name: what was tried, e.g. ``reads the user's files``, ``opens a connection``.
        level: the level that it was tried at.
        passed: whether the sandbox held.
        detail: what was seen, one line.
    """

    name: str
    level: str
    passed: bool
    detail: str = ""

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


def summarize(level: str, probes: tuple[Probe, ...]) -> str:
    """One line: the level in force and what did not hold."""
    tried = [probe for probe in probes if probe.level == level]
    failed = [probe for probe in probes if not probe.passed]
    text = f"sandbox {level}: {sum(probe.passed for probe in tried)} of {len(tried)} probes held"
    if not failed:
        return text
    return text + "; not held: " + "; ".join(f"{each.name} ({each.level}): {each.detail}" for each in failed)

"""What a Scorer says of one Response."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """A judgement, or a failure to judge: ``value`` is None exactly when ``error`` is set.

    Attributes:
        scorer: the scorer's registry name (with parameters it stays the name; the signature tells them).
        value: finite, usually 0..1, larger is better.
        answer: what was taken out of the output as the answer (a label, a number as text), or None.
        explanation: one line for people.
    """

    scorer: str
    value: float | None = None
    answer: str | None = None
    explanation: str | None = None
    error: str | None = None

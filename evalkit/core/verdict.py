"""How a Gate came out."""

from __future__ import annotations

from typing import Literal

from evalkit.core.estimate import Comparison
from evalkit.core.frozen import frozen

GateResult = Literal["pass", "fail", "undecided", "error"]

#: What people read: ``recorded`` is an undecided gate that had nothing to compare with yet, ``dropped`` one
#: of a Subject that a tournament put out.
Word = Literal["pass", "recorded", "dropped", "undecided", "fail", "error"]

#: Worst first: the outcome of a set of verdicts is the first word that occurs.
OUTCOMES: tuple[Word, ...] = ("fail", "error", "undecided", "recorded", "pass", "dropped")


@frozen(slots=True)
class Verdict:
    """The outcome of one Gate for one evaluation.

    Attributes:
        gate: the gate's text (``accuracy >= 0.55``, ``regression(accuracy)``).
        verdict: ``pass``, ``fail``, ``undecided`` or ``error``.
        detail: one or two sentences: the numbers, the interval, what could have been detected, what to do.
        p_value: of the candidate being no worse, adjusted over the gates of the session (Holm), so that it
            can be compared with the gate's alpha. None for absolute gates.
        baseline_run_id: the run that it was compared with, or None.
        comparison: the difference that it is based on, or None.
        is_recorded: whether it is ``undecided`` because there is no baseline yet: the run is the first.
        is_dropped: whether it is ``undecided`` because a tournament dropped its Subject.
        is_unseen: whether it is ``undecided`` because its slice is too small for any answer to show a drop.
    """

    gate: str
    verdict: GateResult
    detail: str
    p_value: float | None = None
    baseline_run_id: str | None = None
    comparison: Comparison | None = None
    is_recorded: bool = False
    is_dropped: bool = False
    is_unseen: bool = False

    @property
    def word(self) -> Word:
        """The word for it in summaries, reports, JUnit files and comments."""
        if self.verdict != "undecided":
            return self.verdict
        return "recorded" if self.is_recorded else "dropped" if self.is_dropped else "undecided"

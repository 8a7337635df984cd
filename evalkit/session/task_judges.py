"""How the scorers of one task reach the judge Models of their session. Most name none, and none is opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evalkit.session.judging.judges import SessionJudge, SessionJudges


class TaskJudges:
    """A ``JudgeDoor``.

    Args:
        n_rounds: how often each judge is asked the same, >= 1.
        judges: those of the session, called when a scorer names the first.

    Attributes:
        is_used: whether a scorer of the task named one.
    """

    def __init__(self, n_rounds: int, judges: Callable[[], SessionJudges]) -> None:
        self.n_rounds = n_rounds
        self.is_used = False
        self._judges = judges

    def spec_of(self, spec: str | None) -> str:
        """See ``JudgeDoor``."""
        self.is_used = True
        return self._judges().spec_of(spec)

    def open(self, spec: str | None) -> SessionJudge:
        """See ``JudgeDoor``."""
        self.is_used = True
        return self._judges().open(spec)

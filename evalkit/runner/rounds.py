"""Who says what is asked again once everything that was planned has been asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from evalkit.core.frozen import frozen
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.runner.unit import Unit


@frozen(slots=True)
class Ask:
    """One further answer.

    Attributes:
        repeat: its number, above those of all other answers to the Sample.
        is_recheck: asked because of how earlier answers came out, so that it is not part of any mean.
    """

    unit: Unit
    sample_index: int
    repeat: int
    is_recheck: bool = False


class Rounds(Protocol):
    """Asked for more until there is no more."""

    def next_round(self) -> Sequence[Ask]:
        """What to ask now, after all earlier answers came; nothing ends the work. Called off the loop."""

    def on_answer(self, ask: Ask, response: Response, scores: Sequence[Score]) -> None:
        """An answer came, and the unit has it. Called in the runner's loop; must be quick."""

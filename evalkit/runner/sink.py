"""Who hears of what the runner gets: the store's spool, and those who wait for results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from evalkit.core.message import Media
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.runner.unit import Unit


class Sink(Protocol):
    """Called from the runner's thread for each Response; must be quick. What it raises ends the work
    (``Runner.failure``)."""

    def on_media(self, media: Sequence[Media]) -> None:
        """A request is about to show these beside its text; the same ones may come often."""

    def on_response(self, unit: Unit, position: int, response: Response, scores: Sequence[Score]) -> None:
        """A Response came, with its Scores; its Sample is ``unit.sample_at(position)``."""

    def on_sample_done(self, unit: Unit, sample_index: int) -> None:
        """The last repeat of a Sample came."""

    def on_unit_done(self, unit: Unit) -> None:
        """Every Response of the unit came. Called off the loop, one unit after the other."""

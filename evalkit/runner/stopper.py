"""Who says that a unit needs no further answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from evalkit.runner.unit import Unit


class Stopper(Protocol):
    """Called in the runner's loop after each Sample; must be quick."""

    def after_sample(self, unit: Unit, sample_index: int) -> Sequence[Unit]:
        """The last repeat of a Sample came: the units, this one or others, that may stop now."""

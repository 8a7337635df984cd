"""``ifeval_loose``: ``ifeval`` for the best of eight readings of a response."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.scorers.instructions.ifeval import Ifeval


@dataclass(frozen=True)
class IfevalLoose(Ifeval):
    """As ``ifeval``, taken loosely: an instruction counts as followed when any of eight readings follows it.

    The readings are the response and what is left of it without its first line, its last line or both, each
    with and without its asterisks. It has a name of its own so that both scores can stand in one store.
    """

    name = "ifeval_loose"
    is_loose: ClassVar[bool] = True

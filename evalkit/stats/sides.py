"""p-values of a difference d in both directions."""

from __future__ import annotations

from typing import NamedTuple


class Sides(NamedTuple):
    """One-sided p-values, each in (0, 1].

    Attributes:
        worse: of d being zero or above; small where d is shown to be below zero.
        better: of d being zero or below; small where d is shown to be above zero.
    """

    worse: float
    better: float

    @property
    def two_sided(self) -> float:
        """Of d being zero: twice the smaller one."""
        return min(1.0, 2 * min(self))

    def at_least(self, other: Sides) -> Sides:
        """Both directions at the larger p-value: what two tests have to agree on."""
        return Sides(max(self.worse, other.worse), max(self.better, other.better))

    def over(self, share: float) -> Sides:
        """Of a test that has ``share`` of alpha, 0 < share <= 1, as p-values for all of it."""
        return Sides(min(1.0, self.worse / share), min(1.0, self.better / share))


#: What says nothing in either direction.
NOTHING = Sides(1.0, 1.0)

"""What a judge scorer decides, as scales that people's labels are read on."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

from evalkit.calibrating.scale import Scale
from evalkit.core.frozen import frozen


@frozen
class Standard:
    """The scale of the main value, and those of criteria.

    Attributes:
        criteria: name to scale; empty where the judge gives one verdict.
        against: the field or template of the row that a pairwise judge compares with; empty of any other.
    """

    main: Scale
    criteria: Mapping[str, Scale]
    against: str = ""

    def overall(self, values: Mapping[str, float]) -> float | None:
        """What criteria come to, as the judge's own do; None where one is missing, or there are none."""
        if not self.criteria or values.keys() != self.criteria.keys():
            return None
        is_same = len({each.points for each in self.criteria.values()}) == 1
        return fmean(
            value if is_same else self.criteria[name].share_of(value) for name, value in values.items()
        )

"""The regression gates of a session are one family: alpha is shared over them by Holm's step-down.

Either direction is a family of its own: that any gate calls a candidate worse that is not happens in at most
alpha of sessions, and that any calls one better in as many.
"""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.frozen import frozen
from evalkit.stats.multiplicity import holm, holm_levels
from evalkit.stats.sides import Sides


@frozen(slots=True)
class Standing:
    """Where one gate stands among those of its session.

    Attributes:
        p_value: of being no worse, adjusted over the family: at most alpha just where Holm rejects.
        level: what the p-value itself is held to, at most the gate's alpha.
        level_better: the same of being no better.
        n_gates: how many gates share alpha.
    """

    p_value: float
    level: float
    level_better: float
    n_gates: int = 1


def standings(tests: Sequence[Sides], alphas: Sequence[float]) -> list[Standing]:
    """One for each gate that has an alpha, in order; tests beyond these are of gates decided before. Gates of
    unlike alpha are each held to Holm's steps at their own, which keeps the chance of any false alarm at the
    largest of them."""
    worse, better = [each.worse for each in tests], [each.better for each in tests]
    adjusted = holm(worse)
    return [
        Standing(
            float(adjusted[i]),
            float(holm_levels(worse, alpha)[i]),
            float(holm_levels(better, alpha)[i]),
            len(tests),
        )
        for i, alpha in enumerate(alphas)
    ]

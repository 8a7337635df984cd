"""The search for the version that brought a regression: bisection by tests that may show nothing.

Between a version and a later one that is shown to be worse, one in the middle is looked at. Where it is
shown to be worse than the earlier end, or better than the later one, the loss lies on that side of it, and
the other side is left out. Where both are shown there are two losses: the larger one is looked for, the other
one told. Where nothing is shown it stays between both, and its neighbours are looked at.

A version is named only if it is shown to be worse than the one right before it, at alpha over the number of
such pairs. Whichever pair the search comes to, all of them are paid for (Bonferroni over all pairs): the
chance that a version is named which is no worse than the one before it is at most alpha, however many are
looked at. That a regression is there at all is a test of its own, at alpha, and begins the search.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

#: What a version was shown to be, between the two that it was held against.
Side = Literal["as before", "worse", "in between", "not told"]


@dataclass(frozen=True)
class Drop:
    """What a paired test says of a later version against an earlier one.

    Attributes:
        p_value: one-sided, of the later one being no worse.
        size: by how much it fell, in units of the metric, larger is worse.
    """

    p_value: float
    size: float


@dataclass
class Searched:
    """What came out.

    Attributes:
        found: place of the version that brought the regression; None where no single one can be told.
        suspects: places of the versions of which one, at least, brought it.
        sides: place to what was shown of a version that was looked at.
        level: what the last test was held to.
        others: pairs of places between which something was lost too, and was not looked for.
    """

    found: int | None = None
    suspects: tuple[int, ...] = ()
    sides: dict[int, Side] = field(default_factory=dict)
    level: float = 0.0
    others: list[tuple[int, int]] = field(default_factory=list)


def search(n_versions: int, drop: Callable[[int, int], Drop], alpha: float) -> Searched:
    """Look for the version that brought a regression.

    Args:
        n_versions: of which the first is the good one and the last is shown to be worse, >= 2.
        drop: of a later version (second place) against an earlier one, each >= 0 and below ``n_versions``.
        alpha: the chance that may be taken of naming a version that is no worse, in (0, 1).
    """
    good, bad = 0, n_versions - 1
    found = Searched(level=alpha / (n_versions - 1))
    while between := [place for place in range(good + 1, bad) if place not in found.sides]:
        middle = min(between, key=lambda place: abs(2 * place - good - bad))
        before, after = drop(good, middle), drop(middle, bad)
        has_lost, loses = before.p_value <= alpha, after.p_value <= alpha
        is_between = has_lost and loses
        if is_between:
            found.others.append((middle, bad) if before.size >= after.size else (good, middle))
            has_lost, loses = before.size >= after.size, before.size < after.size
        if has_lost:
            bad = middle
        elif loses:
            good = middle
        side: Side = "worse" if has_lost else "as before" if loses else "not told"
        found.sides[middle] = "in between" if is_between else side
    found.suspects = tuple(range(good + 1, bad + 1))
    if len(found.suspects) == 1 and drop(good, bad).p_value <= found.level:
        found.found = bad
    return found

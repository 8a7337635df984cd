"""Regression gates that are looked at twice: after the first pass, and after samples were asked again.

Alpha is split between the looks before any answer is known. A gate's p-value is the smaller of its looks'
p-values, each over the share of alpha that its look has: a weighted Bonferroni combination, valid whatever
the first look showed and whether or not there was a second one. Holm's steps go over these, so what failed at
the first look fails at the end too. ``pass`` holds each look's interval to its share of the gate's own alpha.

How many rounds are asked depends on what the first look saw. Were the second look given all that the first
one left, the choice would add to it: at the worst, by the least number of rounds that could reject, whatever
the first look showed, it adds the mean of 1 - Phi(sqrt(c^2 - z^2)) over first looks z that did not reject, c
the quantile of its share (Proschan and Hunsberger 1995, Biometrics 51:1315-1324). With the shares below that
is 0.93 of alpha in all at alpha = 5 %, and 0.98 at the level of one of twenty gates, however many rounds
there may be.
"""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.verdict import Verdict
from evalkit.gates.family import Standing, standings
from evalkit.gates.regression import PendingRegression, decide_regression
from evalkit.stats.sides import Sides

#: The parts of a gate's alpha that its two looks are held to.
FIRST, SECOND = 0.8, 0.1

#: The looks of one gate in order: one, or two where samples were asked again.
Looks = Sequence[PendingRegression]


def decide_looks(gates: Sequence[Looks]) -> list[Verdict]:
    """Verdicts of all regression gates of a session, in order.

    A gate that its first look decided has that one look: what is decided stays. The level that ``fail`` is
    held to may only rise with what later looks of other gates find.
    """
    places = _standings(gates)
    return [
        _decide(looks, places[i]) if i in places else decide_regression(looks[-1])
        for i, looks in enumerate(gates)
    ]


def holm_level(gates: Sequence[Looks], index: int) -> float:
    """The level that gate ``index``, which was measured, is held to as things stand; a look is held to its
    share of it."""
    return _standings(gates)[index].level


def _standings(gates: Sequence[Looks]) -> dict[int, Standing]:
    """Of the gates that were measured."""
    tests = {i: found for i, looks in enumerate(gates) if (found := _tests(looks)) is not None}
    alphas = [gates[i][0].gate.alpha for i in tests]
    return dict(zip(tests, standings(list(tests.values()), alphas), strict=True))


def _decide(looks: Looks, standing: Standing) -> Verdict:
    verdicts = [decide_regression(look, standing) for look in looks]
    chosen = verdicts[-1]
    # The first look left it open, but others have failed since, and that raised its level.
    if chosen.verdict != "pass" and verdicts[0].verdict == "fail":
        chosen = verdicts[0]
    return chosen


def _tests(looks: Looks) -> Sides | None:
    found = [look.tests for look in looks if look.tests is not None]
    return Sides(*map(min, zip(*found, strict=True))) if found else None

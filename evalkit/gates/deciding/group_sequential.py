"""Regression gates that are looked at twice: after the first pass, and after samples were asked again.

The first look has 60 % of a gate's alpha. When there is a second follows from variance, margin and budget
alone, never from the difference that was seen, so that the two are a group-sequential test: the estimates
are normal with a known correlation, and the second look has the level at which both together keep alpha
(``evalkit.stats.second_look``). 60 % is about what Pocock's rule gives each of two looks when answers were
doubled in between (0.0304 of 0.05: Pocock 1977, Biometrika 64:191-199). Which undecided gates are asked again
may well depend on their difference: a look that does not take place raises no alarm.

A gate's p-value is the smaller of its looks' p-values, each over its look's share of alpha. Holm's steps go
over these, so what failed at the first look fails at the end too. As the share that is left for the second
look falls with the level, it is that of the lowest level which Holm's steps may hold the gate to. ``pass``
holds each look's interval to the same shares of the gate's own alpha.
"""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.compared import ComparedGate, Refused
from evalkit.gates.deciding.conclude import decide_regression
from evalkit.gates.deciding.family import Standing, standings
from evalkit.stats.second_look import second_level
from evalkit.stats.sides import Sides

#: The part of a gate's alpha that its first look is held to.
FIRST = 0.6

#: The looks of one gate in order: one, or two where samples were asked again.
Looks = Sequence[ComparedGate]


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


def second_share(level: float, kept: float) -> float:
    """The part of alpha that a second look is held to, at any level from ``level`` on, when ``kept`` of the
    variance is left."""
    return second_level(level, FIRST * level, kept) / level


def holm_levels(gates: Sequence[Looks], index: int) -> tuple[float, float]:
    """What gate ``index``, which was measured, is held to as things stand, a look to its share of it; and the
    least it can be held to in this session."""
    gate, standing = gates[index][0].gate, _standings(gates)[index]
    return standing.level, gate.alpha / standing.n_gates / (2 if gate.is_two_sided else 1)


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
    found = [look.tests for look in looks if not isinstance(look, Refused)]
    return Sides(*map(min, zip(*found, strict=True))) if found else None

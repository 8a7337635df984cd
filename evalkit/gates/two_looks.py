"""Regression gates that are looked at twice: after the first pass, and after samples were asked again.

Alpha is split between the looks before any answer is known. A gate's p-value is the smaller of its looks'
p-values, each over the share of alpha that its look has: a weighted Bonferroni combination, valid whatever
the first look showed and whether or not there was a second one. Holm's steps go over these, so what failed at
the first look fails at the end too. ``pass`` holds each look's interval to its share of the gate's own alpha.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evalkit.core.verdict import Verdict
from evalkit.gates.regression import PendingRegression, decide_regression
from evalkit.stats.multiplicity import holm_levels

#: The parts of a gate's alpha that its two looks have.
FIRST, SECOND = 0.8, 0.2

#: The looks of one gate in order: one, or two where samples were asked again.
Looks = Sequence[PendingRegression]


def decide_looks(gates: Sequence[Looks]) -> list[Verdict]:
    """Verdicts of all regression gates of a session, in order.

    A gate that its first look decided has that one look: what is decided stays. The level that ``fail`` is
    held to may only rise with what later looks of other gates find.
    """
    p_values = [_p_value(looks) for looks in gates]
    n_gates = sum(p_value is not None for p_value in p_values)
    return [
        decide_regression(looks[-1])
        if p_value is None
        else _decide(looks, holm_level(gates, i), p_value, n_gates)
        for i, (looks, p_value) in enumerate(zip(gates, p_values, strict=True))
    ]


def holm_level(gates: Sequence[Looks], index: int) -> float:
    """The level that gate ``index``, which was measured, is held to as things stand; a look is held to its
    share of it."""
    p_values = {i: p for i, looks in enumerate(gates) if (p := _p_value(looks)) is not None}
    levels = holm_levels(list(p_values.values()), gates[index][0].gate.alpha)
    return float(levels[list(p_values).index(index)])


def _decide(looks: Looks, level: float, p_value: float, n_gates: int) -> Verdict:
    verdicts = [decide_regression(look, shared_alpha=level, n_gates=n_gates) for look in looks]
    chosen = verdicts[-1]
    # The first look left it open, but others have failed since, and that raised its level.
    if chosen.verdict != "pass" and verdicts[0].verdict == "fail":
        chosen = verdicts[0]
    return replace(chosen, p_value=p_value)


def _p_value(looks: Looks) -> float | None:
    return min((look.p_value for look in looks if look.p_value is not None), default=None)

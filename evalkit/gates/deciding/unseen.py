"""Slices that are too small to show anything: named, never passed, and no part of the family that shares
alpha.

No test of n samples, each of which may be exchanged between the sides, has a p-value below 2^-n. A slice for
which that is above its level cannot fail whatever is answered, and would only take alpha from the others. As
it depends on how many samples there are, and on no answer, leaving it out keeps the familywise error
(Tarone 1990, Biometrics 46:515-522). The level depends on how many gates remain: with K of them it is
alpha / K, for the least K at which no more than K gates can reach theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log2

from evalkit.core.text import plural
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.compared import ComparedGate, Measured, Refused
from evalkit.gates.regression import RegressionGate


def without_unseen(gates: Sequence[ComparedGate]) -> list[ComparedGate]:
    """The gates of a session in order, those of slices that are too small ``undecided``."""
    tested = [each for each in gates if not isinstance(each, Refused)]
    if all(_least(each) == 0 for each in tested):
        return list(gates)
    n_gates = next(
        k
        for k in range(1, len(tested) + 1)
        if sum(_least(each) <= each.gate.alpha / k for each in tested) <= k
    )
    return [each if _is_seen(each, n_gates) else _left_out(each, n_gates) for each in gates]


def least_p_value(gate: RegressionGate, n: int, share: float = 1.0) -> float:
    """Of any test of ``n`` samples, held to ``share`` of the gate's alpha."""
    return 2.0**-n * (2 if gate.is_two_sided else 1) / share


def unseen(gate: RegressionGate, n: int, run_id: str | None, n_gates: int = 1, share: float = 1.0) -> Refused:
    """The gate of a slice of ``n`` samples, where ``n_gates`` share alpha."""
    level = share * gate.alpha / n_gates / (2 if gate.is_two_sided else 1)
    shared = f" that {n_gates} gates would share" if n_gates > 1 else ""
    have = f"{plural(n, 'sample')} {'has' if n == 1 else 'have'}"
    detail = (
        f"Unseen: {have} no p-value below {2.0**-n:.2g}, and the level is {level:.2g}, of an alpha of "
        f"{gate.alpha:g}{shared}. Any drop would be undecided; with {ceil(-log2(level))} samples one could "
        "be shown."
    )
    return Refused(gate, Verdict(gate.text, "undecided", detail, baseline_run_id=run_id, is_unseen=True))


def _least(gate: ComparedGate) -> float:
    """0 where the number of samples is not a bar."""
    if not isinstance(gate, Measured) or gate.n_askable is None:
        return 0.0
    return least_p_value(gate.gate, gate.n_askable, gate.share)


def _is_seen(gate: ComparedGate, n_gates: int) -> bool:
    return _least(gate) <= gate.gate.alpha / n_gates


def _left_out(gate: ComparedGate, n_gates: int) -> Refused:
    assert isinstance(gate, Measured)
    assert gate.n_askable is not None
    return unseen(gate.gate, gate.n_askable, gate.baseline_run_id, n_gates, gate.share)

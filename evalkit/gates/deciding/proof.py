"""What decides an absolute gate: the value of its metric, or an end of the metric's 95 % interval.

With ``>=``, and the other way round with ``<=``:

* no word: ``pass`` when the value is at or above the number, else ``fail``.
* ``proven``: ``pass`` when the lower end is at or above it, ``fail`` when the upper end is below it, else
  ``undecided``. A model that is exactly as good as the number asks passes in about 2.5 % of runs.
* ``not disproven``: ``fail`` when the upper end is below it, else ``pass``. Such a model fails in about
  2.5 % of runs.

A sum over all responses (tokens, cost) is exact and has no interval, so that its value decides. Any other
metric without an interval proves nothing, and disproves nothing: ``undecided``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

from evalkit.core.estimate import Estimate
from evalkit.core.frozen import frozen
from evalkit.core.verdict import GateResult
from evalkit.gates.absolute import AbsoluteGate, Operator

_OPERATORS: dict[Operator, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}


@frozen(slots=True)
class Finding:
    """How a gate came out.

    Attributes:
        reason: what decided it, a clause.
        advice: what would decide it, a sentence; empty where it is decided.
    """

    outcome: GateResult
    reason: str
    advice: str = ""


def find(gate: AbsoluteGate, estimate: Estimate) -> Finding:
    """Hold a metric that has a value to its gate."""
    assert estimate.value is not None
    holds = _OPERATORS[gate.op](estimate.value, gate.threshold)
    what = "the value" if gate.missing == "left_out" else "the value with failed answers at the worst"
    by_value = Finding("pass" if holds else "fail", f"decided on {what}")
    if gate.proof == "value":
        return by_value
    if estimate.kind == "total":
        return Finding(by_value.outcome, "a sum is exact, decided on the value")
    if estimate.low is None or estimate.high is None:
        return Finding("undecided", "there is no interval to decide on", "Take more samples.")
    found = _by_interval(gate, estimate.low, estimate.high)
    if found.outcome == "pass" and not holds:
        return Finding("pass", found.reason, f"The value itself is not {gate.op} {gate.threshold:g}.")
    return found


def _by_interval(gate: AbsoluteGate, low: float, high: float) -> Finding:
    is_lower_bound = gate.op in (">=", ">")
    worst, best = (low, high) if is_lower_bound else (high, low)
    names = ("lower", "upper") if is_lower_bound else ("upper", "lower")
    if not _OPERATORS[gate.op](best, gate.threshold):
        return Finding("fail", f"disproven by the {names[1]} end of the interval")
    if gate.proof == "not disproven":
        return Finding("pass", f"not disproven by the {names[1]} end of the interval")
    if _OPERATORS[gate.op](worst, gate.threshold):
        return Finding("pass", f"proven by the {names[0]} end of the interval")
    return Finding(
        "undecided",
        "neither proven nor disproven, as the interval contains the number",
        "More samples narrow it.",
    )

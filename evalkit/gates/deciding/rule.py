"""When a regression gate passes and when it fails: the one rule of all modes.

With d = candidate - baseline, larger being better, and the gate's margin:

* ``pass`` when d > -margin is shown; with ``two_sided`` also d < margin (two one-sided tests: Schuirmann
  1987, Journal of Pharmacokinetics and Biopharmaceutics 15:657-680);
* ``fail`` when d < 0 is shown **and** the d that was seen is at or below -margin. Either alone is no reason:
  a drop that is proven and small is what the margin allows, and a large one that may be chance is not proven;
* ``undecided`` otherwise.

A candidate that did not get worse fails in at most alpha, as d < 0 is tested at alpha. One that got worse by
less than the margin fails only where chance carries the d that is seen beyond the margin, hence ever more
rarely with more samples; at the margin itself in about half. With ``fail_when: shown_below_margin`` d <
-margin has to be shown, and a drop at the margin fails in at most alpha.
"""

from __future__ import annotations

from evalkit.core.estimate import Comparison
from evalkit.gates.regression import RegressionGate

#: A difference of means may miss the margin by rounding alone.
_ROUNDING = 1e-9


def reaches_margin(gate: RegressionGate, seen: float) -> bool:
    """Whether the d that was seen, or an end of its interval, is a drop of the margin or more."""
    return seen <= -gate.margin + _ROUNDING


def passes(gate: RegressionGate, own: Comparison) -> bool:
    """``own`` is one-sided at the gate's own alpha, so that either end of its interval is held to it."""
    return own.low > -gate.margin and not (gate.is_two_sided and own.high >= gate.margin)


def fails(gate: RegressionGate, shared: Comparison) -> bool:
    """``shared`` is at the alpha that the session left for this gate, two-sided for a gate that is."""
    is_margin_shown = gate.fail_when == "shown_below_margin"
    if shared.is_worse:
        return reaches_margin(gate, shared.high if is_margin_shown else shared.difference)
    if gate.is_two_sided and shared.is_better:
        return reaches_margin(gate, -(shared.low if is_margin_shown else shared.difference))
    return False

"""An absolute gate decided on an estimate, as sessions decide it."""

from __future__ import annotations

from evalkit.core.estimate import Estimate
from evalkit.core.verdict import Verdict
from evalkit.gates.absolute import AbsoluteGate
from evalkit.gates.deciding.absolute import AbsoluteDecider
from evalkit.gates.deciding.decider import Evidence


def decide_absolute(
    gate: AbsoluteGate,
    estimate: Estimate,
    *,
    max_error_rate: float,
    n_total: int,
    n_errors: int = 0,
    first: str | None = None,
) -> Verdict:
    evidence = Evidence(estimate, max_error_rate, n_total, n_errors, first)
    return AbsoluteDecider().decide(gate, evidence)

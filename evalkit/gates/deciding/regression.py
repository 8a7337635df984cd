"""The decider of regression gates: prepared by ``prepare``, decided with their session by ``conclude``."""

from __future__ import annotations

from evalkit.comparisons.comparable import Side
from evalkit.core.gate import GateLimits
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.compared import ComparedGate
from evalkit.gates.deciding.conclude import decide_regression
from evalkit.gates.deciding.family import Standing
from evalkit.gates.deciding.pooling import BaselineEvaluation
from evalkit.gates.deciding.prepare import prepare_against
from evalkit.gates.deciding.regression_sequence import RegressionSequence
from evalkit.gates.deciding.sequential import why_not_early
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.metric import Metric


class RegressionDecider:
    """Decides ``RegressionGate``, see ``evalkit.gates.deciding.decider.ComparedDecider``."""

    def prepare(
        self,
        gate: RegressionGate,
        metric: Metric,
        candidate: Side,
        baseline: BaselineEvaluation,
        limits: GateLimits,
    ) -> ComparedGate:
        return prepare_against(gate, metric, candidate, baseline, limits)

    def conclude(self, gate: ComparedGate, standing: Standing) -> Verdict:
        return decide_regression(gate, standing)

    def why_not_early(self, gate: RegressionGate, metric: Metric) -> str | None:
        if gate.metric.slice is not None:
            return "a slice is decided when all of its samples were asked"
        if gate.missing == "worst":
            return "what fails, and counts, is known at the end"
        return why_not_early(metric, gate.metric.label)

    def sequence(
        self, gate: RegressionGate, metric: Metric, n_total: int, n_gates: int
    ) -> RegressionSequence:
        return RegressionSequence(gate, metric, n_total, n_gates)

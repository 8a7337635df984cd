"""Who decides a kind of gate, and on what.

A kind names its decider (``Gate.decider``); it is imported when the first gate of the kind is decided.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from evalkit.core.estimate import Estimate
from evalkit.core.frozen import frozen
from evalkit.core.gate import Gate, GateLimits
from evalkit.core.verdict import Verdict
from evalkit.registry import loaded

if TYPE_CHECKING:  # a session whose gates compare nothing pays for none of it
    from evalkit.comparisons.comparable import Side
    from evalkit.gates.deciding.compared import ComparedGate
    from evalkit.gates.deciding.family import Standing
    from evalkit.gates.deciding.pooling import BaselineEvaluation
    from evalkit.gates.deciding.sequential import ComparedSequence, OwnSequence
    from evalkit.metrics.metric import Metric, ReviewsRead


@frozen(slots=True)
class Evidence:
    """What a gate is decided on that looks at its own evaluation alone.

    Attributes:
        estimate: the estimate of the gate's metric.
        max_error_rate: share of failed responses, 0..1, above which every gate is ``error``.
        n_total: responses that were asked for.
        n_errors: how many of them have an error from the model or from any scorer.
        first_error: the first such error, or None.
        run_id: the evaluation's run.
        reads_reviews: the kind of reviews that the metric reads, or None.
    """

    estimate: Estimate
    max_error_rate: float
    n_total: int
    n_errors: int = 0
    first_error: str | None = None
    run_id: str = ""
    reads_reviews: ReviewsRead | None = None

    @property
    def has_too_many_errors(self) -> bool:
        """Whether so much failed that no number of the evaluation can be trusted."""
        return self.n_errors > self.max_error_rate * self.n_total


class OwnDecider(Protocol):
    """Decides gates of a kind with ``is_compared = False``."""

    def decide(self, gate: Any, evidence: Evidence) -> Verdict:
        """The verdict; too many errors must be an ``error``."""
        ...

    def why_not_early(self, gate: Any, metric: Metric) -> str | None:
        """Why the gate cannot be decided before all samples were asked, or None."""
        ...

    def sequence(self, gate: Any, metric: Metric, n_total: int, n_gates: int) -> OwnSequence:
        """The gate while its ``n_total`` samples come, one of ``n_gates`` of the session that look early."""
        ...


class ComparedDecider(Protocol):
    """Decides gates of a kind with ``is_compared = True``, which share alpha over a session."""

    def prepare(
        self,
        gate: Any,
        metric: Metric,
        candidate: Side,
        baseline: BaselineEvaluation,
        limits: GateLimits,
    ) -> ComparedGate:
        """The difference, or why there is none: too much failed or was cut, too little is common."""
        ...

    def conclude(self, gate: ComparedGate, standing: Standing) -> Verdict:
        """The verdict at the levels that the gates of the session leave."""
        ...

    def why_not_early(self, gate: Any, metric: Metric) -> str | None:
        """As of ``OwnDecider``."""
        ...

    def sequence(self, gate: Any, metric: Metric, n_total: int, n_gates: int) -> ComparedSequence:
        """The gate while its pairs of samples come, one of ``n_gates`` compared gates of the session."""
        ...


def own_decider(gate: Gate) -> OwnDecider:
    """The decider of a gate that is decided on its evaluation alone."""
    found: OwnDecider = _opened(gate.decider)
    return found


def compared_decider(gate: Gate) -> ComparedDecider:
    """The decider of a gate that compares."""
    found: ComparedDecider = _opened(gate.decider)
    return found


@cache
def _opened(target: str) -> Any:
    return loaded(target)()

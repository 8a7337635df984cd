"""Gates that may be decided before every sample was asked, with a look after each of them.

Samples come in a random order that does not depend on their answers. Each gate bets on what it claims
(``evalkit.stats.betting``); looking after every sample costs nothing, and stopping at any of the looks keeps
the error rates. Only means of values with finite bounds can be bet on.

* Absolute gates claim what the full run would say: the samples are drawn without replacement, and the claim
  is about the mean of all of them. The gates of a session share ``ALPHA``.
* Regression gates claim what holds for samples like these, each claim one-sided: ``pass`` that d lies above
  -margin, at the gate's own alpha; ``fail`` that d lies below 0 at the alpha shared over the session, and
  below -margin at the own one. Between -margin and 0 the full run decides: a stop is not to fail what the
  full run would pass. The looks spend ``LOOKS`` of alpha, the final test of a task that was asked to the end
  has the rest. A ``two_sided`` gate claims the same on both sides, with half of the alpha of ``fail`` for
  each.
"""

from __future__ import annotations

from math import isfinite
from typing import Literal, Protocol

from evalkit.core.estimate import Comparison
from evalkit.core.frozen import frozen
from evalkit.core.verdict import Verdict
from evalkit.metrics.metric import Metric
from evalkit.stats.sides import Sides

#: The part of a regression gate's alpha that looks before the end may spend.
LOOKS = 0.2
#: How often absolute gates of a session may stop at another verdict than the full run's, all gates together.
ALPHA = 0.05

Decision = Literal["pass", "fail"]


@frozen(slots=True)
class StoppedRegression:
    """What the looks of a regression gate decided, where asking ended with them.

    Attributes:
        tests: one-sided p-values, for all looks and the final test that did not take place.
        n_seen, n_total: samples looked at, and those that a full run asks.
    """

    outcome: Decision
    comparison: Comparison
    tests: Sides
    n_seen: int
    n_total: int


class OwnSequence(Protocol):
    """A gate on its own evaluation while samples come."""

    def add(self, low: float, high: float) -> None:
        """The next sample's mean value, once with failed responses at the metric's lowest value, once at the
        highest."""

    @property
    def decision(self) -> Decision | None:
        """What is decided, None while it is open."""

    def verdict(self, decision: Decision) -> Verdict:
        """For a task that was stopped."""


class ComparedSequence(Protocol):
    """A gate that compares while pairs of samples come."""

    def add(self, before: float | None, after: float | None) -> None:
        """The next sample's mean values on both sides, None where a side has none."""

    @property
    def decision(self) -> Decision | None:
        """What is decided, None while it is open."""

    def stopped(self, decision: Decision) -> StoppedRegression:
        """For a task that was stopped."""


def why_not_early(metric: Metric, label: str) -> str | None:
    """Why no gate on this metric can be decided before the end, or None."""
    if metric.reads_reviews is not None:
        return f"people say later what {label} is"
    if metric.kind not in ("binary", "graded"):
        return f"{label} is not a mean over samples"
    if not all(map(isfinite, metric.bounds)):
        return f"the values of {label} have no bounds"
    return None

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

from dataclasses import dataclass
from math import isfinite, log
from typing import Literal

import numpy as np

from evalkit.comparisons.wording import interval, number
from evalkit.core.estimate import Comparison
from evalkit.core.gate import AbsoluteGate, RegressionGate
from evalkit.core.verdict import Verdict
from evalkit.gates import sentences
from evalkit.metrics.metric import Metric
from evalkit.stats.betting import Wager, anytime_p_values, confidence_sequence, peak_wealth
from evalkit.stats.sides import Sides

#: The part of a regression gate's alpha that looks before the end may spend.
LOOKS = 0.2
#: How often absolute gates of a session may stop at another verdict than the full run's, all gates together.
ALPHA = 0.05

Decision = Literal["pass", "fail"]

_METHOD = "betting confidence sequence, a look after every sample"


@dataclass(frozen=True, slots=True)
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


def why_not_early(metric: Metric, label: str) -> str | None:
    """Why no gate on this metric can be decided before the end, or None."""
    if metric.kind not in ("binary", "graded"):
        return f"{label} is no mean over samples"
    if not all(map(isfinite, metric.bounds)):
        return f"the values of {label} have no bounds"
    return None


class AbsoluteSequence:
    """``METRIC OP NUMBER`` while its samples come.

    Args:
        n_total: samples that the full run asks.
        n_gates: absolute gates of the session that may stop early.
    """

    def __init__(self, gate: AbsoluteGate, metric: Metric, n_total: int, n_gates: int) -> None:
        self._gate = gate
        self._lowest, highest = metric.bounds
        self._span = highest - self._lowest
        self._n_total = n_total
        self._alpha = ALPHA / n_gates
        threshold = (gate.threshold - self._lowest) / self._span
        self._above, self._below = Wager(threshold, n_total), Wager(1.0 - threshold, n_total)
        self._lows: list[float] = []
        self._highs: list[float] = []

    def add(self, low: float, high: float) -> None:
        """The next sample's mean value, once with failed responses at the metric's lowest value, once at the
        highest: wherever they would have been, the claim holds."""
        self._lows.append((low - self._lowest) / self._span)
        self._highs.append((high - self._lowest) / self._span)
        self._above.add(self._lows[-1])
        self._below.add(1.0 - self._highs[-1])

    @property
    def decision(self) -> Decision | None:
        """Whether the full run's value is known to be on one side of the threshold."""
        limit = log(2 / self._alpha)
        if self._above.peak >= limit:
            return "pass" if self._gate.op in (">=", ">") else "fail"
        if self._below.peak >= limit:
            return "pass" if self._gate.op in ("<=", "<") else "fail"
        return None

    def verdict(self, decision: Decision) -> Verdict:
        """For a task that was stopped."""
        low = confidence_sequence(np.array(self._lows), self._alpha, self._n_total).low
        high = confidence_sequence(np.array(self._highs), self._alpha, self._n_total).high
        ends = interval(self._unscaled(low), self._unscaled(high))
        means = [self._unscaled(float(np.mean(values))) for values in (self._lows, self._highs)]
        value = " to ".join(dict.fromkeys(number(mean, self._gate.threshold) for mean in means))
        required = f", required {self._gate.op} {self._gate.threshold:g}" if decision == "fail" else ""
        numbers = f"{self._gate.metric.label} {value}; of all samples {ends}{required}."
        stopped = sentences.stopped(len(self._lows), self._n_total, 1 - self._alpha)
        return Verdict(self._gate.text, decision, f"{numbers} {stopped}")

    def _unscaled(self, value: float) -> float:
        return self._lowest + value * self._span


class _Direction:
    """The bets on one direction: that the difference stays within the margin, that it lies beyond it, and
    that there is a drop at all."""

    def __init__(self, margin: float) -> None:
        self.within, self.beyond, self.drop = Wager(margin), Wager(1.0 - margin), Wager(0.5)

    def add(self, difference: float) -> None:
        self.within.add(difference)
        self.beyond.add(1.0 - difference)
        self.drop.add(1.0 - difference)


class RegressionSequence:
    """Candidate against baseline while their samples come, pair by pair.

    Args:
        n_gates: regression gates of the session.
    """

    def __init__(self, gate: RegressionGate, metric: Metric, n_total: int, n_gates: int) -> None:
        self._gate = gate
        self._span = metric.bounds[1] - metric.bounds[0]
        self._sign = 1.0 if metric.is_higher_better else -1.0
        self._n_total = n_total
        self._alphas: dict[Decision, float] = {
            "pass": LOOKS * gate.alpha,
            "fail": LOOKS * gate.alpha / n_gates / (2 if gate.is_two_sided else 1),
        }
        margin, n_directions = self._scaled(-gate.margin), 2 if gate.is_two_sided else 1
        self._directions = [_Direction(margin) for _ in range(n_directions)]
        self._pairs: list[tuple[float, float]] = []
        self._n_seen = 0

    def add(self, before: float | None, after: float | None) -> None:
        """The next sample's mean values on both sides, None where a side has none."""
        self._n_seen += 1
        if before is None or after is None:
            return
        self._pairs.append((before, after))
        difference = self._scaled(self._sign * (after - before))
        for direction, value in zip(self._directions, (difference, 1.0 - difference), strict=False):
            direction.add(value)

    @property
    def decision(self) -> Decision | None:
        """``pass`` where every direction that is asked about is within the margin, ``fail`` where one is
        not."""
        own, shared = log(1 / self._alphas["pass"]), log(1 / self._alphas["fail"])
        if all(each.within.peak >= own for each in self._directions):
            return "pass"
        if any(each.drop.peak >= shared and each.beyond.peak >= own for each in self._directions):
            return "fail"
        return None

    def stopped(self, decision: Decision) -> StoppedRegression:
        """For a task that was stopped."""
        before, after = np.array(self._pairs).T
        differences = self._sign * (after - before)
        alpha = self._alphas[decision]
        scaled = np.clip(self._scaled(differences), 0.0, 1.0)
        # Each end at alpha: one bettor for each, who need not share it.
        low, high = (self._span * (2 * end - 1) for end in confidence_sequence(scaled, 2 * alpha))
        tests = anytime_p_values(peak_wealth(scaled, 0.5), peak_wealth(1.0 - scaled, 0.5))
        n = len(differences)
        n_wins, n_losses = (int(np.count_nonzero(side > 1e-12)) for side in (differences, -differences))
        comparison = Comparison(
            metric=self._gate.metric.label,
            baseline=float(before.mean()),
            candidate=float(after.mean()),
            difference=float(differences.mean()),
            low=low,
            high=high,
            p_value=tests.worse,
            alpha=alpha,
            n=n,
            n_wins=n_wins,
            n_losses=n_losses,
            n_ties=n - n_wins - n_losses,
            method=_METHOD,
            n_unpaired=self._n_seen - n,
            is_one_sided=True,
            p_two_sided=tests.over(LOOKS).two_sided,
        )
        return StoppedRegression(decision, comparison, tests.over(LOOKS), self._n_seen, self._n_total)

    def _scaled(self, difference: float) -> float:
        return (difference / self._span + 1.0) / 2.0

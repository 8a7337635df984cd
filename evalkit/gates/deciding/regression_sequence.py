"""Candidate against baseline while their samples come (``evalkit.gates.deciding.sequential``)."""

from __future__ import annotations

from math import log

import numpy as np

from evalkit.core.estimate import Comparison
from evalkit.gates.deciding.sequential import LOOKS, Decision, StoppedRegression
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.metric import Metric
from evalkit.stats.betting import Wager, anytime_p_values, confidence_sequence, peak_wealth

_METHOD = "betting confidence sequence, a look after every sample"


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

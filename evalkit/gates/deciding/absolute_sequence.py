"""``METRIC OP NUMBER`` while its samples come (``evalkit.gates.deciding.sequential``)."""

from __future__ import annotations

from math import log

import numpy as np

from evalkit.comparisons.wording import interval, number
from evalkit.core.verdict import Verdict
from evalkit.gates.absolute import AbsoluteGate
from evalkit.gates.deciding import sentences
from evalkit.gates.deciding.sequential import ALPHA, Decision
from evalkit.metrics.metric import Metric
from evalkit.stats.betting import Wager, confidence_sequence


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

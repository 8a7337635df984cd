"""What the verdict of a compared gate says beyond the numbers."""

from __future__ import annotations

from evalkit.core.verdict import Verdict
from evalkit.session.baseline_luck import BaselineLuck
from evalkit.session.compared_gates import Comparing
from evalkit.session.history_noise import HistoryNoise
from evalkit.session.sequential.stopping import Stopping


class Explaining:
    """Noise, luck, why a task was asked to the end, and no pass beside a broken metric."""

    def __init__(self, noise: HistoryNoise, luck: BaselineLuck, stopping: Stopping | None) -> None:
        self._noise = noise
        self._luck = luck
        self._stopping = stopping

    def explain(self, comparing: Comparing, verdict: Verdict) -> Verdict:
        """The verdict as it is put up."""
        explained = self._luck.explain(comparing, self._noise.explain(comparing, verdict))
        held = comparing.evaluated.held(explained)
        if self._stopping is None:
            return held
        return self._stopping.with_reason(comparing.evaluated.planned, comparing.gate, held)

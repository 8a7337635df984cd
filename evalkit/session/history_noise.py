"""Verdicts of compared gates that did not pass say how much of it the baseline's own history explains."""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.comparisons.slices.members import within
from evalkit.comparisons.within_sample_noise import noise_of_history
from evalkit.core.run import Evaluation
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.noise_remark import explained
from evalkit.session.baseline import Baseline
from evalkit.session.compared_gates import Comparing
from evalkit.session.evaluations import Evaluations
from evalkit.session.sample_history import SampleHistory
from evalkit.stats.own_variance import chance_of_change


class HistoryNoise:
    """Asks the store once for each evaluation that was compared and did not pass."""

    def __init__(self, baseline: Baseline, evaluations: Evaluations, history: SampleHistory) -> None:
        self._baseline = baseline
        self._evaluations = evaluations
        self._history = history

    def explain(self, comparing: Comparing, verdict: Verdict) -> Verdict:
        """The verdict, with a sentence on noise where the repeats have not said it already."""
        shown, planned = verdict.comparison, comparing.evaluated.planned
        is_open = verdict.verdict in ("fail", "undecided")
        if not is_open or shown is None or shown.within_sample_noise is not None or planned.is_cut:
            return verdict
        baseline = self._evaluation(comparing.baseline_id)
        if baseline is None:
            return verdict
        samples = planned.unit.samples

        def chances(scorer: str) -> Mapping[str, float]:
            before = self._history(baseline, samples, scorer)
            return {
                sample_id: chance_of_change(each.n, round(each.n * each.mean))
                for sample_id, each in before.items()
                if each.n > 1
            }

        metric = planned.scoring.metrics[comparing.gate.metric.label]
        observations = within(comparing.evaluated.observations, comparing.gate.metric.slice)
        noise = noise_of_history(metric, observations, shown, chances)
        return explained(verdict, noise)

    def _evaluation(self, baseline_id: str | None) -> Evaluation | None:
        live = self._evaluations.done.get(baseline_id or "")
        return live.evaluation if live is not None else self._baseline.evaluation(baseline_id)

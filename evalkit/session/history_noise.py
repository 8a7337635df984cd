"""Regression verdicts that did not pass say how much of it the baseline's own history explains."""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.comparisons.within_sample_noise import noise_of_history
from evalkit.core.run import Evaluation
from evalkit.core.verdict import Verdict
from evalkit.gates.noise_remark import explained
from evalkit.session.baseline import Baseline
from evalkit.session.evaluated import Evaluated
from evalkit.session.regression_gates import DecidedRegression
from evalkit.session.sample_history import SampleHistory
from evalkit.stats.own_variance import chance_of_change


class HistoryNoise:
    """Asks the store once for each evaluation that was compared and did not pass.

    Args:
        done: evaluation id to what was evaluated.
    """

    def __init__(self, baseline: Baseline, done: Mapping[str, Evaluated], earlier: SampleHistory) -> None:
        self._baseline = baseline
        self._done = done
        self._earlier = earlier

    def explain(self, decided: DecidedRegression) -> Verdict:
        """The verdict, with a sentence on noise where the repeats have not said it already."""
        verdict, shown = decided.verdict, decided.verdict.comparison
        planned = decided.evaluated.planned
        baseline = self._evaluation(decided.baseline_id)
        unit, scoring = planned.unit, planned.scoring
        if (
            verdict.verdict not in ("fail", "undecided")
            or shown is None
            or shown.within_sample_noise is not None
        ):
            return verdict
        if baseline is None or unit is None or scoring is None or unit.is_cut:
            return verdict
        samples = unit.samples

        def chances(scorer: str) -> Mapping[str, float]:
            before = self._earlier(baseline, samples, scorer)
            return {
                sample_id: chance_of_change(each.n, round(each.n * each.mean))
                for sample_id, each in before.items()
                if each.n > 1
            }

        metric = scoring.metrics[decided.gate.metric.label]
        return explained(verdict, noise_of_history(metric, decided.evaluated.observations, shown, chances))

    def _evaluation(self, baseline_id: str | None) -> Evaluation | None:
        live = self._done.get(baseline_id or "")
        return live.evaluation if live is not None else self._baseline.evaluation(baseline_id)

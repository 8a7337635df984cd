"""Verdicts of compared gates that did not pass say where a stored baseline was lucky."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from evalkit.comparisons.comparable import over
from evalkit.comparisons.slices.members import members
from evalkit.comparisons.tables import statistics
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.luck import Luck, luck_of
from evalkit.metrics.metric import Metric
from evalkit.session.baseline import Baseline
from evalkit.session.compared_gates import Comparing
from evalkit.store.store import Store

#: A reader that another process keeps out goes on without history.
_TIMEOUT_S = 1.0


class BaselineLuck:
    """Holds the run of a baseline against those before it, with nothing changed between them. It explains a
    verdict and never changes one, so a store that cannot be read costs a sentence."""

    def __init__(self, baseline: Baseline, store_path: Path) -> None:
        self._baseline = baseline
        self._store_path = store_path

    def explain(self, comparing: Comparing, verdict: Verdict) -> Verdict:
        """The verdict, with a sentence where the drop may be luck of the baseline that is gone."""
        shown, scoring = verdict.comparison, comparing.evaluated.planned.scoring
        evaluation = self._baseline.evaluation(comparing.baseline_id)
        if verdict.verdict not in ("fail", "undecided") or shown is None or shown.difference >= 0:
            return verdict
        if evaluation is None or not self._baseline.is_one_stored_run:
            return verdict
        spec, observations = comparing.gate.metric, comparing.evaluated.observations
        ids = None if spec.slice is None else members(observations, spec.slice)
        luck = self._luck(scoring.metrics[spec.label], evaluation, ids)
        sentence = luck.sentence if luck is not None else ""
        return replace(verdict, detail=f"{verdict.detail} {sentence}") if sentence else verdict

    def _luck(self, metric: Metric, evaluation: Evaluation, ids: frozenset[str] | None) -> Luck | None:
        """Over the samples of these ids; None stands for all."""
        try:
            with Store.open(self._store_path, timeout_s=_TIMEOUT_S, is_folding=False) as store:
                until = store.run(evaluation.run_id).started_at
                history = store.own_history(evaluation, until=until)
                answers = next((history[name] for name in metric.scorers if name in history), {})
                n_runs = max((each.n_runs for each in answers.values()), default=0)
                if n_runs < 2:
                    return None
                baseline = store.observations(evaluation.evaluation_id)
                baseline = baseline if ids is None else over(baseline, ids)
        except Exception:  # another process keeps it out, or it was deleted: nothing else is done in there
            return None
        sign = 1.0 if metric.is_higher_better else -1.0
        return luck_of(_values(metric, baseline), answers, n_runs, sign=sign)


def _values(metric: Metric, baseline: Observations) -> Mapping[str, tuple[float, int]]:
    """Sample id to mean and number of its answers; none where the metric is no mean of what a scorer gave."""
    scorer = next((name for name in metric.scorers if name in baseline.scores), None)
    if scorer is None or metric.kind not in ("binary", "graded"):
        return {}
    table = statistics(metric, baseline)
    given = [score.value for score in baseline.scores[scorer] if score.value is not None]
    if not np.array_equal(given, table.rows[:, 0]):
        return {}
    values: dict[str, list[float]] = {}
    for sample_id, value in zip(table.sample_ids, table.rows[:, 0].tolist(), strict=True):
        values.setdefault(sample_id, []).append(value)
    return {sample_id: (float(np.mean(each)), len(each)) for sample_id, each in values.items()}

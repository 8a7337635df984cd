"""What earlier subjects scored on the samples of a task."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evalkit.comparisons.control_variate import is_correctable, known_values
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.metrics.metric import Floats, Metric
from evalkit.session.units import ReadyUnit
from evalkit.store import evaluations
from evalkit.store.store import Store

#: Earlier subjects that are read, the latest first: more tell little that these do not.
MOST_SUBJECTS = 16
#: The share of the samples that an earlier evaluation has scores of, unchanged, at the least.
LEAST_COVERED = 0.9
_TIMEOUT_S = 10.0


def past_scores(planned: ReadyUnit, store_path: Path) -> dict[str, Floats]:
    """Metric label to (N, k) scores by k earlier subjects, of the metrics that control variates correct.

    An evaluation counts where task hash and scorers are the same and nearly all samples were asked, as they
    are now. A sample that it has no score of counts as its others do on the whole. Raises StoreError.
    """
    metrics = {name: each for name, each in planned.scoring.metrics.items() if is_correctable(each)}
    columns: dict[str, list[Floats]] = {name: [] for name in metrics}
    with Store.open(store_path, timeout_s=_TIMEOUT_S, is_folding=False) as store:
        evaluation = planned.evaluation
        asked = evaluation.task, evaluation.task_hash, MOST_SUBJECTS
        for earlier in evaluations.latest_of_subjects(store.connection, *asked):
            if not _is_alike(earlier, planned):
                continue
            observations = store.observations(earlier.evaluation_id)
            is_same = earlier.dataset_hash == evaluation.dataset_hash
            for name, metric in metrics.items():
                column = column_of(planned, metric, observations, is_same_dataset=is_same)
                if column is not None:
                    columns[name].append(column)
    return {name: np.column_stack(found) for name, found in columns.items() if found}


def column_of(
    planned: ReadyUnit, metric: Metric, observations: Observations, *, is_same_dataset: bool
) -> Floats | None:
    """(N,) scores of the samples of a unit, None where too many have none."""
    values = known_values(contents_of(planned), metric, observations, is_same_dataset=is_same_dataset)
    is_known = np.isfinite(values)
    if is_known.mean() < LEAST_COVERED:
        return None
    return np.where(is_known, values, values[is_known].mean())


def contents_of(planned: ReadyUnit) -> dict[str, str | None]:
    """Sample id to content of all samples of a unit."""
    return {sample.id: sample.content_hash for sample in planned.unit.samples}


def _is_alike(earlier: Evaluation, planned: ReadyUnit) -> bool:
    signatures = planned.evaluation.scorer_signatures
    is_scored_so = all(earlier.scorer_signatures.get(name) == each for name, each in signatures.items())
    is_covering = earlier.n_samples >= LEAST_COVERED * len(planned.unit.samples)
    return earlier.run_id != planned.evaluation.run_id and is_scored_so and is_covering

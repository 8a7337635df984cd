"""Which samples won, lost, stayed or failed between two evaluations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from evalkit.comparisons.pairing import sample_codes, sample_means, units
from evalkit.comparisons.tables import statistics
from evalkit.core.columns import column_of
from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations
from evalkit.metrics.metric import OF_ALL_ROWS, Floats, Metric, Table
from evalkit.stats.bootstrap import SampleRows

#: Rows whose values are computed in one call.
_BLOCK = 64

ChangeKind = Literal["win", "loss", "tie", "error"]


@frozen(slots=True)
class SampleChange:
    """One sample on both sides.

    Attributes:
        outcome: ``win`` when the candidate did better, ``error`` when either side has no value.
        baseline, candidate: means over repeats of the per-sample value, None where it failed.
    """

    sample_id: str
    outcome: ChangeKind
    baseline: float | None
    candidate: float | None


def sample_changes(metric: Metric, baseline: Observations, candidate: Observations) -> list[SampleChange]:
    """Every sample (or group, of a metric by group) that stands on both sides, in the candidate's order.

    The per-sample value is the metric's own (0/1, graded, latency …); for a corpus metric the value of the
    score that it reads, or the metric of that sample alone where it reads none. Raises MetricError when
    the metric cannot read a side.
    """
    tables = statistics(metric, baseline), statistics(metric, candidate)
    before, after = sample_values(metric, baseline, tables[0]), sample_values(metric, candidate, tables[1])
    is_larger_better = metric.is_higher_better or _scored_by(metric, candidate) is not None
    known = units(baseline, tables[0])
    changes = []
    for sample_id in units(candidate, tables[1]):
        if sample_id in known:
            old, new = before.get(sample_id), after.get(sample_id)
            changes.append(SampleChange(sample_id, _outcome(old, new, is_larger_better), old, new))
    return changes


def sample_values(metric: Metric, observations: Observations, table: Table) -> Mapping[str, float]:
    """Sample id to its mean value over repeats; samples that failed throughout are absent, and so are those
    that a corpus metric is not defined on alone."""
    scorer = _scored_by(metric, observations)
    if scorer is not None:
        pairs = zip(observations.sample_ids, column_of(observations.scores[scorer], "value"), strict=True)
        scored = [(sample_id, value) for sample_id, value in pairs if value is not None]
        ids = [sample_id for sample_id, _ in scored]
        values = np.array([value for _, value in scored], dtype=np.float64)
    else:
        values = _own_values(metric, table)
        is_defined = ~np.isnan(values)
        ids = [sample_id for sample_id, keep in zip(table.sample_ids, is_defined, strict=True) if keep]
        values = values[is_defined]
    if not ids:
        return {}
    means = sample_means(SampleRows(values[:, np.newaxis], sample_codes(ids)))
    return dict(zip(dict.fromkeys(ids), means.tolist(), strict=True))


def _scored_by(metric: Metric, observations: Observations) -> str | None:
    """The scorer whose values stand for single samples: corpus metrics have no value of their own there."""
    if metric.kind != "corpus":
        return None
    return next((name for name in observations.scores if name in metric.scorers), None)


def _own_values(metric: Metric, table: Table) -> Floats:
    if metric.kind not in OF_ALL_ROWS:
        return table.rows[:, 0]
    blocks = [table.rows[i : i + _BLOCK] for i in range(0, len(table.rows), _BLOCK)]
    # One row of weights for each row of the block: 1 for it, 0 for the others.
    alone = [metric.aggregate(block, np.eye(len(block))) for block in blocks]
    return np.concatenate(alone) if alone else np.empty(0)


def _outcome(old: float | None, new: float | None, is_larger_better: bool) -> ChangeKind:
    if old is None or new is None:
        return "error"
    if abs(new - old) <= 1e-12 * max(1.0, abs(old)):
        return "tie"
    return "win" if (new > old) == is_larger_better else "loss"

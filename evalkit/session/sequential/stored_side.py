"""The baseline's side of a gate that looks early, where it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evalkit.comparisons.comparable import Side, contents, is_recorded, match, over, reservation, side_of
from evalkit.comparisons.pairing import sample_codes, sample_means
from evalkit.core.run import Evaluation
from evalkit.core.wholeness import why_limited
from evalkit.gates.deciding.pooling import BaselineEvaluation
from evalkit.gates.deciding.prepare import too_little_common, too_many_failed, unlike
from evalkit.gates.deciding.too_many_errors import too_many_cut, too_many_errors
from evalkit.metrics.metric import Metric
from evalkit.session.sequential.monitor import Stored
from evalkit.session.units import ReadyUnit
from evalkit.stats.bootstrap import SampleRows


def cannot_pass(candidate: Evaluation, baseline: Evaluation) -> bool:
    """Whether it is plain beforehand that the gate will be held back: it is not to stop early with a pass."""
    is_one_recording = is_recorded(candidate) and candidate.subject.model == baseline.subject.model
    return is_one_recording or why_limited(candidate) is not None


def stored_side(planned: ReadyUnit, metric: Metric, earlier: BaselineEvaluation) -> Stored | None:
    """The baseline's side over the samples that are the same; None where the run is wanted whole, for its
    gate will not pass or cannot be decided at all."""
    now, task, unit = planned.evaluation, planned.task, planned.unit
    candidate = Side(unit.observations(), now.task_hash, now.dataset_hash)
    baseline = side_of(earlier.evaluation, earlier.observations)
    found = match(
        contents(earlier.observations),
        {sample.id: sample.content_hash for sample in unit.samples},
        is_same_dataset=now.dataset_hash == baseline.dataset_hash,
    )
    problem = (
        unlike(metric, candidate, baseline, found)
        or too_little_common(found, task.min_common)
        or too_many_errors("baseline", earlier.observations, task.max_error_rate)
        or too_many_cut("baseline", earlier.observations, task.truncation_limit)
        or too_many_failed(metric, baseline, baseline, task.max_error_rate)
        or reservation(baseline, candidate, found)
    )
    if problem or cannot_pass(now, earlier.evaluation):
        return None
    common = " ".join(filter(None, (found.sentence, earlier.sentence)))
    values = _sample_values(metric, earlier, found.common)
    return Stored(earlier.evaluation, values, common, tuple(earlier.others))


def _sample_values(metric: Metric, earlier: BaselineEvaluation, common: Sequence[str]) -> Mapping[str, float]:
    table = metric.table(over(earlier.observations, common))
    means = sample_means(SampleRows(table.rows, sample_codes(table.sample_ids)))
    return dict(zip(dict.fromkeys(table.sample_ids), means.tolist(), strict=True))

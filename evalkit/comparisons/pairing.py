"""Two tables over the samples that both have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from evalkit.comparisons.clusters import cluster_codes
from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations
from evalkit.errors import MetricError
from evalkit.metrics.metric import Floats, Table
from evalkit.stats.bootstrap import Codes, SampleRows


@frozen(slots=True)
class Pair:
    """Both sides over the shared samples, which are coded 0 .. n - 1 alike on either side.

    Attributes:
        clusters: (n,) the group of each sample as a code 0 .. m - 1; None where no two samples share one.
    """

    sample_ids: Sequence[str]
    baseline: SampleRows
    candidate: SampleRows
    clusters: Codes | None = None

    @property
    def n(self) -> int:
        return len(self.sample_ids)

    @property
    def has_repeats(self) -> bool:
        return not len(self.baseline.rows) == len(self.candidate.rows) == self.n


def pair(baseline: Table, candidate: Table, groups: Mapping[str, str] | None = None) -> Pair:
    """The rows of shared samples. Raises MetricError when no sample is on both sides.

    ``groups`` is sample id to group, of the samples that have one.

    The order of samples does not depend on which side is which, so that exchanging the sides mirrors
    every seeded result.
    """
    before, after = dict.fromkeys(baseline.sample_ids), dict.fromkeys(candidate.sample_ids)
    if len(before) == len(baseline.sample_ids) > 0 and baseline.sample_ids == candidate.sample_ids:
        samples = np.arange(len(before))
        sides = SampleRows(baseline.rows, samples), SampleRows(candidate.rows, samples)
        clusters = cluster_codes(baseline.sample_ids, groups) if groups else None
        return Pair(baseline.sample_ids, *sides, clusters)
    is_same_order = list(before) == list(after)
    shared = list(before) if is_same_order else sorted(before.keys() & after.keys())
    if not shared:
        sizes = f"{len(before):,} samples in the baseline, {len(after):,} in the candidate, none in both"
        hint = "run both on the same samples, or see why they failed"
        raise MetricError(f"nothing to pair: {sizes}", hint=hint)
    codes = {sample_id: code for code, sample_id in enumerate(shared)}
    clusters = cluster_codes(shared, groups or {})
    return Pair(shared, _side(baseline, codes), _side(candidate, codes), clusters)


def weighed(baseline: Table, candidate: Table) -> tuple[Table, Table]:
    """Two tables of weighted rows without the samples that weigh nothing on either side. One that weighs on
    one side alone stays on both: each side's mean is of its own. Raises MetricError where none is left."""
    both = baseline, candidate
    ids = {
        sample_id
        for each in both
        for sample_id, weight in zip(each.sample_ids, each.rows[:, 1].tolist(), strict=True)
        if weight > 0
    }
    if not ids:
        raise MetricError("nothing weighs on either side")
    return _of_samples(baseline, ids), _of_samples(candidate, ids)


def _of_samples(table: Table, ids: Collection[str]) -> Table:
    kept = [place for place, sample_id in enumerate(table.sample_ids) if sample_id in ids]
    return replace(table, rows=table.rows[kept], sample_ids=tuple(table.sample_ids[place] for place in kept))


def units(observations: Observations, table: Table) -> dict[str, None]:
    """What could stand in the table, in order: samples, or groups where the metric has a row for each."""
    samples = dict.fromkeys(observations.sample_ids)
    if observations.groups is None or not table.is_by_group:
        return samples
    pairs = zip(observations.groups, observations.sample_ids, strict=True)
    return dict.fromkeys(sample_id if group is None else group for group, sample_id in pairs)


def sample_codes(sample_ids: Sequence[str]) -> Codes:
    """(n,) codes 0 .. m - 1 in order of first appearance."""
    if len(set(sample_ids)) == len(sample_ids):
        return np.arange(len(sample_ids))
    codes = {sample_id: code for code, sample_id in enumerate(dict.fromkeys(sample_ids))}
    return _lookup(codes, sample_ids)


def sample_means(side: SampleRows, column: int = 0) -> Floats:
    """(m,) means over the repeats of each sample."""
    values = side.rows[:, column]
    return np.bincount(side.samples, weights=values) / np.bincount(side.samples)


def _side(table: Table, codes: dict[str, int]) -> SampleRows:
    samples = _lookup(codes, table.sample_ids)
    order = np.argsort(samples, kind="stable")
    order = order[np.searchsorted(samples[order], 0) :]
    return SampleRows(table.rows[order], samples[order])


def _lookup(codes: dict[str, int], sample_ids: Iterable[str]) -> Codes:
    return np.fromiter((codes.get(sample_id, -1) for sample_id in sample_ids), dtype=np.intp)

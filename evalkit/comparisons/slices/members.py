"""The samples of one slice."""

from __future__ import annotations

from evalkit.comparisons.comparable import over
from evalkit.core.observations import Observations
from evalkit.core.slices import Slice
from evalkit.errors import MetricError


def members(observations: Observations, part: Slice) -> frozenset[str]:
    """Ids of the samples in the slice. Raises MetricError where nothing is known of it."""
    known = observations.slices.get(part.by)
    if known is None:
        raise MetricError(
            f"nobody can tell which samples are in {part.text}: the rows are not kept",
            hint="run it again: the dataset's rows are now stored with each answer",
        )
    return frozenset(sample_id for sample_id, values in known.items() if part.value in values)


def within(observations: Observations, part: Slice | None) -> Observations:
    """The rows of one slice; all of them for None. Raises MetricError as ``members``."""
    return observations if part is None else over(observations, members(observations, part))


def in_slice(
    part: Slice, baseline: Observations, candidate: Observations
) -> tuple[Observations, Observations]:
    """Both sides of a slice, as the candidate's rows have it. Raises MetricError as ``members``."""
    ids = members(candidate, part)
    return over(baseline, ids), over(candidate, ids)


def n_askable(candidate: Observations, baseline: Observations) -> int:
    """Samples on both sides, or groups of them, whatever was answered."""
    shared = frozenset(baseline.sample_ids)
    groups = candidate.groups or [None] * len(candidate)
    units = zip(candidate.sample_ids, groups, strict=True)
    return len({(False, i) if group is None else (True, group) for i, group in units if i in shared})

"""Which samples belong together, so that a group counts as one and not as many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from evalkit.core.observations import Observations
from evalkit.metrics.metric import Table
from evalkit.stats.bootstrap import Codes, SampleRows


def group_names(table: Table, *observations: Observations) -> dict[str, str]:
    """Sample id to its group, of those that have one on any side; empty where the rows are groups."""
    names: dict[str, str] = {}
    if table.is_by_group:
        return names
    for seen in observations:
        pairs = zip(seen.sample_ids, seen.groups or (), strict=False)
        names.update((sample_id, group) for sample_id, group in pairs if group is not None)
    return names


def cluster_codes(sample_ids: Sequence[str], groups: Mapping[str, str]) -> Codes | None:
    """(n,) codes 0 .. m - 1 in order of first appearance; None where no two samples share a group.

    A sample without a group is a cluster of its own, whatever groups are called. Repeats of a sample are in
    its cluster.
    """
    if not groups:
        return None
    keys = [(True, groups[i]) if i in groups else (False, i) for i in sample_ids]
    codes = {key: code for code, key in enumerate(dict.fromkeys(keys))}
    if len(codes) == len(set(sample_ids)):
        return None
    return np.fromiter((codes[key] for key in keys), dtype=np.intp, count=len(keys))


def n_clusters(codes: Codes) -> int:
    """How many clusters there are."""
    return int(codes.max(initial=-1)) + 1


def in_order(side: SampleRows) -> SampleRows:
    """The rows sorted by cluster: weights of neighbours are read from one place, six times as fast."""
    order = np.argsort(side.samples, kind="stable")
    return SampleRows(side.rows[order], side.samples[order])

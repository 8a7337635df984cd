"""Which slices moved, unasked: every slice that rows have, tested, with false discovery controlled.

A slice that nobody asked about is one of many, so that a p-value alone says little of it. The differences are
tested in either direction, and each direction is one family for the procedure of Benjamini and Hochberg at
half the rate. Slices overlap, and tests of one direction are positively dependent then, which the procedure
allows (Benjamini and Yekutieli 2001, Annals of Statistics 29:1165-1188, section 3.1); the share of false ones
among both is at most the sum of the two. Slices in which no answers could show anything are left out by the
number of their samples alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace

import numpy as np

from evalkit.comparisons.clusters import group_names
from evalkit.comparisons.difference import paired_difference
from evalkit.comparisons.pairing import Pair, pair, sample_means
from evalkit.comparisons.slices.fields import Categories
from evalkit.comparisons.tables import statistics
from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations
from evalkit.core.slices import Slice
from evalkit.metrics.metric import Metric
from evalkit.stats.bootstrap import Codes, SampleRows
from evalkit.stats.multiplicity import benjamini_hochberg
from evalkit.stats.sides import Sides

#: The expected share of chance among the slices that are said to have moved.
RATE = 0.05


@frozen(slots=True)
class SliceMove:
    """One slice in one metric, baseline against candidate.

    Attributes:
        n: paired samples.
        baseline, candidate: the metric's own values over them.
        difference, low, high: of the candidate, its sign turned so that larger is better; a 95 % interval.
        tests: one-sided p-values.
        q: the p-value adjusted over all slices that were looked at together.
        sample_ids: of the paired samples (or groups).
    """

    metric: str
    part: Slice
    n: int
    baseline: float
    candidate: float
    difference: float
    low: float
    high: float
    n_wins: int
    n_losses: int
    tests: Sides
    is_higher_better: bool = True
    q: float = 1.0
    sample_ids: Sequence[str] = field(default=(), repr=False, compare=False)

    @property
    def has_moved(self) -> bool:
        return self.q <= RATE

    @property
    def word(self) -> str:
        """``worse`` or ``better`` where it moved, else ``unclear``."""
        if not self.has_moved:
            return "unclear"
        return "worse" if self.tests.worse < self.tests.better else "better"


@frozen(slots=True)
class SliceScan:
    """What a scan of one evaluation against its baseline looked at, and found.

    Attributes:
        metrics: labels of those that were tested.
        fields: of the rows, with few values.
        moves: every slice that was tested, in each metric.
        n_unseen: tests that were left out as no answers to so few samples could have shown anything.
    """

    metrics: tuple[str, ...]
    fields: tuple[str, ...]
    moves: tuple[SliceMove, ...]
    n_unseen: int = 0

    @property
    def moved(self) -> list[SliceMove]:
        """The worst first."""
        return sorted((each for each in self.moves if each.has_moved), key=_worst_first)

    @property
    def others(self) -> list[SliceMove]:
        """Those that cannot be told from chance, the worst first."""
        return sorted((each for each in self.moves if not each.has_moved), key=_worst_first)


def can_be_scanned(metric: Metric) -> bool:
    """Whether it is a mean over samples that says how good answers are."""
    is_mean = metric.kind in ("binary", "graded") and not metric.counts_failures
    return is_mean and metric.role == "quality" and metric.reads_reviews is None


def scan(
    metrics: Mapping[str, Metric], baseline: Observations, candidate: Observations, found: Categories
) -> SliceScan | None:
    """Test every slice in every metric; None where the rows have no slices.

    Args:
        metrics: label to metric, such as ``can_be_scanned``.
        baseline, candidate: over the samples that are the same on both sides.
        found: of the candidate's rows.

    Raises MetricError where a metric cannot read a side, or nothing is in both.
    """
    if not found.slices or not metrics:
        return None
    moves, n_unseen = [], 0
    for label, metric in metrics.items():
        tables = statistics(metric, baseline), statistics(metric, candidate)
        if tables[0].is_by_group:  # its rows are groups, which no slice is made of
            continue
        both = pair(*tables, group_names(tables[0], baseline, candidate))
        codes = {sample_id: code for code, sample_id in enumerate(both.sample_ids)}
        for part, ids in found.slices.items():
            its = np.array(sorted(codes[i] for i in ids if i in codes), dtype=np.intp)
            if _can_show(both, its):
                moves.append(_move(metric, label, part, _part_of(both, its)))
            else:
                n_unseen += 1
    return SliceScan(tuple(metrics), found.fields, tuple(moves), n_unseen)


def adjusted(scans: Sequence[SliceScan]) -> list[SliceScan]:
    """The scans with the q-values of their slices, all of them one family."""
    moves = [each for one in scans for each in one.moves]
    if not moves:
        return list(scans)
    sides = [[each.tests.worse for each in moves], [each.tests.better for each in moves]]
    worse, better = (benjamini_hochberg(side) for side in sides)
    q_values = iter(np.minimum(1.0, 2 * np.minimum(worse, better)).tolist())
    return [replace(one, moves=tuple(replace(each, q=next(q_values)) for each in one.moves)) for one in scans]


def _worst_first(move: SliceMove) -> float:
    return move.difference


def _can_show(both: Pair, its: Codes) -> bool:
    """Whether so many samples, or groups of them, have any p-value that may stand."""
    n = len(its) if both.clusters is None else len(np.unique(both.clusters[its]))
    return 2.0**-n <= RATE / 2


def _part_of(both: Pair, its: Codes) -> Pair:
    """The pair over the samples of these codes, which ascend."""
    clusters = None
    if both.clusters is not None:
        clusters = np.unique(both.clusters[its], return_inverse=True)[1]
        clusters = None if clusters.max() + 1 == len(its) else clusters
    sample_ids = [both.sample_ids[code] for code in its.tolist()]
    return Pair(sample_ids, _rows_of(both.baseline, its), _rows_of(both.candidate, its), clusters)


def _rows_of(side: SampleRows, its: Codes) -> SampleRows:
    places = np.searchsorted(its, side.samples)
    is_its = places < len(its)
    is_its[is_its] = its[places[is_its]] == side.samples[is_its]
    return SampleRows(side.rows[is_its], places[is_its])


def _move(metric: Metric, label: str, part: Slice, pair_: Pair) -> SliceMove:
    found = paired_difference(metric, pair_)
    changes = sample_means(pair_.candidate) - sample_means(pair_.baseline)
    changes = changes if metric.is_higher_better else -changes
    n_wins, n_losses = (int(np.count_nonzero(side > 1e-12)) for side in (changes, -changes))
    low, high = found.interval(0.05)
    return SliceMove(
        label, part, found.n, found.baseline, found.candidate, found.value, low, high, n_wins, n_losses,
        found.tests, metric.is_higher_better, sample_ids=pair_.sample_ids,
    )  # fmt: skip

"""Responses and scores of one evaluation as parallel columns: what Metrics read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any

from evalkit.core.frozen import frozen
from evalkit.core.response import Response
from evalkit.core.score import Score

if TYPE_CHECKING:
    from evalkit.core.reviewed import Reviewed


@frozen(slots=True)
class Observations:
    """All (sample, repeat) pairs of one evaluation; every sequence has the same length n.

    Attributes:
        sample_ids: the Sample of each row; a Sample with K repeats occurs K times.
        targets: the expected answers (string, list of strings, number, any JSON value or None).
        responses: the Responses, including failed ones.
        scores: scorer name -> its Scores, row by row.
        labels: the task's choices in order, or None.
        scorer_signatures: scorer name -> signature of how it scored.
        groups: the group of each row's Sample, None for a Sample without one; None if no Sample has one.
        sample_hashes: the content hash of each row's Sample (``Sample.content_hash``), None where unknown;
            None if no Sample's is known.
        slices: what the task slices by (``Slice.by``) -> sample id -> the values that it gives.
        reviewed: what people say about the responses; None if nobody said anything, or nobody was asked.
        statistics: cache of what is expensive to compute from these observations; a copy starts empty.
    """

    sample_ids: Sequence[str]
    targets: Sequence[Any]
    responses: Sequence[Response]
    scores: Mapping[str, Sequence[Score]] = field(default_factory=dict)
    labels: tuple[str, ...] | None = None
    scorer_signatures: Mapping[str, str] = field(default_factory=dict)
    groups: Sequence[str | None] | None = None
    sample_hashes: Sequence[str | None] | None = None
    slices: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    reviewed: Reviewed | None = None
    statistics: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.sample_ids)

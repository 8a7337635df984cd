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
        sample_ids: the Sample of each row; a Sample with K repeats stands K times.
        targets: what was expected (string, list of strings, number, any JSON value or None).
        responses: the Responses, failed ones included.
        scores: scorer name to its Scores, row by row.
        labels: the task's choices in order, or None.
        scorer_signatures: scorer name to the signature of how it scored.
        groups: the group of each row's Sample, None where it has none; None where no Sample has one.
        sample_hashes: the content of each row's Sample (``Sample.content_hash``), None where unknown; None
            where no Sample's is known.
        slices: of what the task slices by (``Slice.by``), by sample id, the values that it gives.
        reviewed: what people say of the responses; None where nobody said anything, or nobody asked.
        statistics: what was computed of these observations and is dear; a copy begins without.
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

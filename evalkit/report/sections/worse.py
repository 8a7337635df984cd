"""What got worse first, clustered, with examples of each cluster."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.metrics.units import is_operation
from evalkit.report.blocks import Block, Note
from evalkit.report.data import EvaluationData, ReportData

TITLE = "What got worse"

#: Evaluations whose clusters are open; those of the others are folded away.
MAX_OPEN = 2

_UNSCORED = (
    "No scorer gives a value to a single answer, so no sample is called worse: "
    "the metrics are over all answers together."
)


def blocks(data: ReportData) -> Iterator[Block]:
    if all(item.pair is None for item in data.evaluations):
        return
    from evalkit.report.clusters import lost_rows
    from evalkit.report.story_of_clusters import shown_clusters

    lost = [(item, len(lost_rows(item))) for item in _worst_first(data)]
    lost = [(item, n) for item, n in lost if n]
    if not lost:
        is_scored = any(item.pair is not None and item.scorer is not None for item in data.evaluations)
        yield Note("No sample got worse." if is_scored else _UNSCORED)
        return
    for place, (item, n) in enumerate(lost):
        yield shown_clusters(data, item, n, is_open=place < MAX_OPEN)


def _worst_first(data: ReportData) -> list[EvaluationData]:
    from evalkit.report.differences import differences

    # What answers took says little of which got worse.
    ordered = sorted(differences(data), key=lambda each: is_operation(each.metric))
    found = {id(each.item): each.item for each in ordered}
    return [*found.values(), *(item for item in data.evaluations if id(item) not in found and item.pair)]

"""Which numbers of a run have a history in the store, and what they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from evalkit.core.run import Run
from evalkit.report.data import EvaluationData, Source
from evalkit.report.main_values import main_estimate

if TYPE_CHECKING:  # where there is a history
    from evalkit.drift.series import Series

#: Fewer runs are not a history.
LEAST_RUNS = 3
#: Runs of one line: as many as a false-alarm rate of drift is stated for.
MOST_RUNS = 400


def histories(source: Source, run: Run, items: Sequence[EvaluationData]) -> tuple[Series, ...]:
    """One for each metric of each Subject that the run has gates on, and of tasks without gates their main
    metric; none before there are three runs."""
    wanted = dict.fromkeys(pair for item in items for pair in _wanted(item))
    rows = source.metric_history(list(wanted), until=run.started_at, most=MOST_RUNS, least=LEAST_RUNS)
    if not rows:
        return ()
    from evalkit.drift.series import series_of

    asked = {(item.task, item.evaluation.subject.model, item.evaluation.subject.prompt) for item in items}
    found = (each for each in series_of(rows, source.bridges()) if len(each.rows) >= LEAST_RUNS)
    order = {pair: place for place, pair in enumerate(wanted)}
    return tuple(
        sorted(
            (each for each in found if each.name[:3] in asked),
            key=lambda each: order[each.name[0], each.name[3]],
        )
    )


def _wanted(item: EvaluationData) -> Iterator[tuple[str, str]]:
    gated = list(_gated(item))
    main = main_estimate(item.estimates)
    labels = gated or ([main.metric] if main is not None else [])
    yield from ((item.task, label) for label in labels)


def _gated(item: EvaluationData) -> Iterator[str]:
    """Labels of the metrics that gates ask about, of those that were computed."""
    rules = item.evaluation.rules
    asked = {gate.metric.label for gate in rules.gates} if rules is not None else set()
    asked |= {v.comparison.metric for v in item.verdicts if v.comparison is not None}
    for label in (estimate.metric for estimate in item.estimates):
        if label in asked or any(v.gate.startswith(f"{label} ") for v in item.verdicts):
            yield label

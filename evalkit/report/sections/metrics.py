"""Every metric with its interval, and its difference from the baseline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.core.estimate import Estimate
from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations
from evalkit.core.text import plural
from evalkit.report.blocks import Block, Cell, Column, Facts, Group, Interval, Note, Row, Table, Text
from evalkit.report.data import EvaluationData, Pair, ReportData
from evalkit.report.deltas import Delta, delta, levels, untold
from evalkit.report.fdr import q_text, sentence_of
from evalkit.report.metric_grid import metric_grid
from evalkit.report.metric_table import (
    CAPTION,
    FAILED,
    VALUE,
    axis,
    failed_cell,
    name_cell,
    notes_without_value,
    thresholds,
    value_cells,
)
from evalkit.report.missing import NOTE as MISSING
from evalkit.report.missing import difference_ends, value_ends
from evalkit.report.numbers import value_text
from evalkit.report.wording import baseline_label, change_text

TITLE = "Metrics"

#: So many Subjects and more rows than these stand in a grid.
LEAST_IN_GRID, MOST_ROWS = 5, 20
#: Evaluations with a baseline that have a sentence each.
MOST_NOTES = 4


def blocks(data: ReportData) -> Iterator[Block]:
    if not any(item.estimates for item in data.evaluations):
        yield Note("No metric was computed.")
        return
    marks = sentence_of(data)
    shown = _Shown(
        subjects=len(data.subjects) > 1,
        failed=any(estimate.n_failed for item in data.evaluations for estimate in item.estimates),
        pairs=any(item.pair for item in data.evaluations),
        marks=bool(marks),
    )
    rows: list[Row] = []
    for task in data.tasks:
        items = [item for item in data.evaluations if item.task == task and item.estimates]
        if len(data.tasks) > 1 and items:
            rows.append(Row((), heading=task))
        rows.extend(_task_rows(items, shown))
    if rows:
        yield from _told(data, Table(CAPTION, _columns(shown), rows))
    yield from notes_without_value(_without_value(data))
    if marks:
        yield Note(marks)
    if text := levels(data):
        yield Note(text)
    if any(map(_has_ends, data.evaluations)):
        yield Note(MISSING)
    yield from _groups(data)
    yield from _changes(data)


def _told(data: ReportData, table: Table) -> Iterator[Block]:
    """All rows; of many Subjects a grid that fits a screen, and the rows behind it."""
    n_rows = sum(not row.heading for row in table.rows)
    if len(data.subjects) < LEAST_IN_GRID or n_rows <= MOST_ROWS:
        yield table
        return
    yield metric_grid(data)
    yield Group(f"All {plural(n_rows, 'number')}, each with its interval and how many it is over", (table,))


def _changes(data: ReportData) -> Iterator[Block]:
    """How the rows of each evaluation changed against its baseline."""
    told = [(item, item.pair) for item in data.evaluations if item.pair is not None]
    if len(told) > MOST_NOTES:
        items = tuple((_place(item), Text(_change(item, pair))) for item, pair in told)
        yield Group("How the rows of each subject changed", (Facts(items),))
        return
    for item, pair in told:
        place = _place(item) if len(data.evaluations) > 1 else item.label
        yield Note(f"{place} {_change(item, pair)}.")


def _place(item: EvaluationData) -> str:
    return f"{item.task}, {item.label}"


def _change(item: EvaluationData, pair: Pair) -> str:
    if item.scorer is None:  # then no row is better or worse, only another one
        counts = pair.counts
        said = f"{counts['new']:,} of {plural(counts['new'] + counts['tie'], 'answer')} differ"
    else:
        said = change_text(pair)
    return f"against {baseline_label(item, pair)}: {said}"


def _has_ends(item: EvaluationData) -> bool:
    """Whether answers are missing that a number of it, or a difference, could turn on."""
    compared = item.pair.comparisons.values() if item.pair is not None else ()
    return any(map(value_ends, item.estimates)) or any(each.worst is not None for each in compared)


@frozen(slots=True)
class _Shown:
    """Which columns have something to say."""

    subjects: bool
    failed: bool
    pairs: bool
    marks: bool


def _columns(shown: _Shown) -> tuple[Column, ...]:
    return (
        Column("Metric", "lead"),
        *([Column("Subject")] if shown.subjects else []),
        *VALUE,
        *([FAILED] if shown.failed else []),
        *([Column("Baseline", "number"), Column("Difference")] if shown.pairs else []),
        *([Column("q", "number")] if shown.marks else []),
        Column("", "wide"),
    )


def _task_rows(items: Sequence[EvaluationData], shown: _Shown) -> Iterator[Row]:
    metrics = dict.fromkeys(e.metric for item in items for e in item.estimates if _is_told(item, e))
    reach = _reach(items)
    for metric in metrics:
        found = [
            (item, e) for item in items for e in item.estimates if e.metric == metric and _is_told(item, e)
        ]
        marks = [mark for item, _ in found for mark in thresholds(item, metric)]
        low, high = axis(metric, [e for _, e in found], marks)
        for position, (item, estimate) in enumerate(found):
            name: Cell = name_cell(estimate) if position == 0 else Text(metric, "again")
            cells: list[Cell] = [name, *([Text(item.label)] if shown.subjects else [])]
            cells += value_cells(item, estimate, low, high)
            cells += [failed_cell(estimate)] if shown.failed else []
            if shown.pairs:
                cells += _delta_cells(item, estimate, reach.get(metric, 0.0))
            if shown.marks:
                q = item.pair.q_values.get(metric) if item.pair else None
                cells.append(Text(q_text(q), "number"))
            yield Row((*cells, Text("")))


def _is_told(item: EvaluationData, estimate: Estimate) -> bool:
    """All that have a value, here or in the baseline."""
    before = item.pair.estimates.get(estimate.metric) if item.pair else None
    return estimate.value is not None or (before is not None and before.value is not None)


def _without_value(data: ReportData) -> Iterator[tuple[Estimate, str]]:
    """What could not be computed, with its place where there are several."""
    for item in data.evaluations:
        place = [item.task] if len(data.tasks) > 1 else []
        place += [item.label] if len(data.subjects) > 1 else []
        for estimate in item.estimates:
            if not _is_told(item, estimate):
                yield estimate, ", ".join(place)


def _groups(data: ReportData) -> Iterator[Note]:
    """Which tasks have groups: there, few samples may stand for many."""
    for task in data.tasks:
        observations = next(item.observations for item in data.evaluations if item.task == task)
        if observations.groups is not None:
            n_groups = len({*_units(observations)})
            n_samples = len(set(observations.sample_ids))
            if n_groups < n_samples:
                what = f"{plural(n_samples, 'sample')} in {plural(n_groups, 'group')}"
                yield Note(f"{task}: {what}; intervals and tests are over groups.")


def _units(observations: Observations) -> Iterator[tuple[bool, str]]:
    pairs = zip(observations.groups or (), observations.sample_ids, strict=True)
    return ((False, sample_id) if group is None else (True, group) for group, sample_id in pairs)


def _delta_cells(item: EvaluationData, estimate: Estimate, reach: float) -> list[Cell]:
    found = delta(estimate, item.pair) if item.pair is not None else None
    if found is None:
        ended = untold(estimate, item.pair)
        return [Text(_before(item, estimate) if ended else "", "number"), Text(ended, "muted")]
    before = Text(_before(item, estimate), "number")
    if found.low is None or found.high is None:
        return [before, Text(found.text, "muted")]
    ends = difference_ends(found.metric, found.worst, found.best)
    ends = f"{ends}, missing against or for" if ends else ""
    bar = Interval(
        found.difference, found.low, found.high, -reach, reach, _words(found), (0.0,), found.word, ends
    )
    return [before, bar]


def _before(item: EvaluationData, estimate: Estimate) -> str:
    """The baseline's own value; of several runs, pooled, the one that the difference is from."""
    if item.pair is None:
        return ""
    base, compared = item.pair.estimates.get(estimate.metric), item.pair.comparisons.get(estimate.metric)
    if compared is not None and compared.pooled_with:
        return value_text(estimate.metric, compared.baseline)
    return value_text(estimate.metric, base.value) if base is not None else ""


def _words(found: Delta) -> str:
    return f"{found.text} {found.word}"


def _reach(items: Sequence[EvaluationData]) -> dict[str, float]:
    """Metric -> half width of the axis of differences, shared by the subjects."""
    reach: dict[str, float] = {}
    for item in items:
        for estimate in item.estimates if item.pair else ():
            found = delta(estimate, item.pair) if item.pair else None
            if found is not None:
                ends = [abs(v) for v in (found.low, found.high, found.difference) if v is not None]
                reach[estimate.metric] = max(reach.get(estimate.metric, 0.0), *ends)
    return {metric: value * 1.1 or 1.0 for metric, value in reach.items()}

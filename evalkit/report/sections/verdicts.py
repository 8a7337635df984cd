"""The gates and how they came out, the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.core.text import plural
from evalkit.core.verdict import Verdict
from evalkit.report.blocks import Badge, Block, Cell, Column, Group, Note, Row, Table, Text
from evalkit.report.data import OUTCOMES, EvaluationData, ReportData
from evalkit.report.numbers import p_text
from evalkit.report.wording import baseline_label

TITLE = "Verdicts"

#: Passed gates are folded away when there are more than this and something else is to be read first.
MAX_OPEN_PASSES = 12

_Found = tuple[EvaluationData, Verdict]


def blocks(data: ReportData) -> Iterator[Block]:
    found = [(item, verdict) for item in data.evaluations for verdict in item.verdicts]
    if not found:
        yield Note("No gate was set. Add 'gates:' to a task to get verdicts.")
        return
    found.sort(key=lambda pair: OUTCOMES.index(pair[1].word))
    found, aside = _parted(data, found)
    yield from _asked(data, found)
    if aside:
        words = f"{plural(len(aside), 'gate')} of the baseline, which is compared with nothing"
        yield Group(words, (_table(data, aside),))


def _parted(data: ReportData, found: list[_Found]) -> tuple[list[_Found], list[_Found]]:
    """Gates that decide, and those of a subject that is there for others to be compared with."""
    if all(item.pair is None for item in data.evaluations):
        return found, []
    is_aside = [item.pair is None and verdict.word == "recorded" for item, verdict in found]
    split: tuple[list[_Found], list[_Found]] = ([], [])
    for each, is_its in zip(found, is_aside, strict=True):
        split[is_its].append(each)
    return split


def _asked(data: ReportData, found: Sequence[_Found]) -> Iterator[Block]:
    passed = [pair for pair in found if pair[1].verdict == "pass"]
    if len(passed) <= MAX_OPEN_PASSES or len(passed) == len(found):
        yield _table(data, found)
        return
    yield _table(data, found[: -len(passed)])
    yield Group(f"{plural(len(passed), 'gate')} passed", (_table(data, passed),))


def _table(data: ReportData, found: Sequence[_Found]) -> Table:
    has_tasks, has_subjects = len(data.tasks) > 1, len(data.subjects) > 1
    titles = [
        Column("Verdict", "narrow"),
        Column("Gate", "lead"),
        *([Column("Task")] if has_tasks else []),
        *([Column("Subject")] if has_subjects else []),
        Column("Detail", "wide"),
        Column("p", "number"),
        Column("Baseline"),
    ]
    rows = []
    for item, verdict in found:
        cells: list[Cell] = [Badge(verdict.word, verdict.word), Text(verdict.gate, "code")]
        cells += [Text(item.task)] if has_tasks else []
        cells += [Text(item.label)] if has_subjects else []
        cells += [Text(verdict.detail), Text(p_text(verdict.p_value), "number")]
        rows.append(Row((*cells, Text(_baseline(item, verdict), "muted"))))
    return Table("Gates and their verdicts", tuple(titles), rows)


def _baseline(item: EvaluationData, verdict: Verdict) -> str:
    if verdict.baseline_run_id is None:
        return ""
    if item.pair is not None and item.pair.run.run_id == verdict.baseline_run_id:
        return baseline_label(item, item.pair)
    return f"run {verdict.baseline_run_id}"

"""The gates and how they came out, the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.core.text import plural
from evalkit.core.verdict import Verdict
from evalkit.report.blocks import Block, Group, Note, Table
from evalkit.report.data import EvaluationData, ReportData
from evalkit.report.verdict_table import verdict_table, worst_first
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
    found, aside = _parted(data, worst_first(found))
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
    return verdict_table(
        found,
        has_tasks=len(data.tasks) > 1,
        has_subjects=len(data.subjects) > 1,
        baseline_of=_baseline,
    )


def _baseline(item: EvaluationData, verdict: Verdict) -> str:
    if verdict.baseline_run_id is None:
        return ""
    if item.pair is not None and item.pair.run.run_id == verdict.baseline_run_id:
        return baseline_label(item, item.pair)
    return f"run {verdict.baseline_run_id}"

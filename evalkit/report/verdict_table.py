"""Gates and how they came out, for every table that shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from evalkit.core.verdict import OUTCOMES, Verdict
from evalkit.report.blocks import Badge, Cell, Column, Row, Table, Text
from evalkit.report.numbers import p_text


class Placed(Protocol):
    """A Task with one Subject."""

    @property
    def task(self) -> str: ...
    @property
    def label(self) -> str: ...


P = TypeVar("P", bound=Placed)


def verdict_table(
    found: Sequence[tuple[P, Verdict]],
    *,
    has_tasks: bool,
    has_subjects: bool,
    baseline_of: Callable[[P, Verdict], str] | None = None,
) -> Table:
    """One row for each, as they are given.

    Args:
        has_tasks, has_subjects: whether there are several, so that a row has to say of which it is.
        baseline_of: what each was decided against; without, neither that nor p has a column of its own: the
            detail says both.
    """
    titles = [
        Column("Verdict", "narrow"),
        Column("Gate", "lead"),
        *([Column("Task")] if has_tasks else []),
        *([Column("Subject")] if has_subjects else []),
        Column("Detail", "wide"),
        *([] if baseline_of is None else [Column("p", "number"), Column("Baseline")]),
    ]
    rows = []
    for item, verdict in found:
        cells: list[Cell] = [Badge(verdict.word, verdict.word), Text(verdict.gate, "code")]
        cells += [Text(item.task)] if has_tasks else []
        cells += [Text(item.label)] if has_subjects else []
        cells.append(Text(verdict.detail))
        if baseline_of is not None:
            cells += [Text(p_text(verdict.p_value), "number"), Text(baseline_of(item, verdict), "muted")]
        rows.append(Row(tuple(cells)))
    return Table("Gates and their verdicts", tuple(titles), rows)


def worst_first(found: Sequence[tuple[P, Verdict]]) -> list[tuple[P, Verdict]]:
    return sorted(found, key=lambda pair: OUTCOMES.index(pair[1].word))

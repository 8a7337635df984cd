"""Who won the tournament of each task, who was dropped on the way, and what it took."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from evalkit.report.blocks import Block, Column, Note, Row, Table, Text
from evalkit.report.data import ReportData
from evalkit.report.numbers import value_text

if TYPE_CHECKING:
    from evalkit.report.tournament import Entrant, TournamentResult

TITLE = "Tournament"


def blocks(data: ReportData) -> Iterator[Block]:
    if all(item.evaluation.tournament is None for item in data.evaluations):
        return
    from evalkit.report.tournament import bound_text, tournaments  # only where there was one

    for found in tournaments([item.evaluation for item in data.evaluations]):
        columns = (
            Column("Subject", "lead"),
            Column(f"{found.metric} while it was in", "number"),
            Column("Standing"),
            Column("Responses asked for", "number"),
            Column("", "wide"),
        )
        caption = f"Tournament in {found.metric} of {found.task}"
        yield Table(caption, columns, [_row(found, each) for each in found.entrants])
        yield Note(f"{found.task}: {found.calls_text}. {found.outcome} {bound_text(found)}".rstrip())


def _row(found: TournamentResult, entrant: Entrant) -> Row:
    label = entrant.label + (" (baseline)" if entrant.record.is_baseline else "")
    return Row(
        (
            Text(label),
            Text(value_text(found.metric, entrant.record.value), "number"),
            Text(entrant.standing_text),
            Text(f"{entrant.n_calls:,} of {entrant.n_calls_in_full:,}", "number"),
            Text(""),
        )
    )

"""Who won the tournament of each task, who was dropped on the way, and what it took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from evalkit.core.run import Evaluation
from evalkit.report.blocks import Block, Column, Note, Row, Table, Text
from evalkit.report.data import ReportData
from evalkit.report.numbers import value_text

if TYPE_CHECKING:
    from evalkit.report.tournament import Entrant, TournamentResult

TITLE = "Tournament"


def blocks(data: ReportData) -> Iterator[Block]:
    for table, note in tournament_blocks([item.evaluation for item in data.evaluations]):
        yield from (table, note)


def tournament_blocks(evaluations: Sequence[Evaluation]) -> Iterator[tuple[Table, Note]]:
    """Of each tournament of a run; nothing without any."""
    if all(each.tournament is None for each in evaluations):
        return
    from evalkit.report.tournament import bound_text, tournaments  # only where there was one

    for found in tournaments(evaluations):
        columns = (
            Column("Subject", "lead"),
            Column(f"{found.metric} while it was in", "number"),
            Column("Responses asked for", "number"),
            Column("Standing", "wide"),
        )
        caption = f"Tournament in {found.metric} of {found.task}"
        text = f"{found.task}: {found.calls_text}. {found.outcome} {bound_text(found)}"
        yield Table(caption, columns, [_row(found, each) for each in found.entrants]), Note(text.rstrip())


def _row(found: TournamentResult, entrant: Entrant) -> Row:
    label = entrant.label + (" (baseline)" if entrant.record.is_baseline else "")
    return Row(
        (
            Text(label),
            Text(value_text(found.metric, entrant.record.value), "number"),
            Text(f"{entrant.n_calls:,} of {entrant.n_calls_in_full:,}", "number"),
            Text(entrant.standing_text),
        )
    )

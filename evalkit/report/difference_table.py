"""The numbers of differences, for every table that shows them."""

from __future__ import annotations

from evalkit.core.estimate import Comparison
from evalkit.report.blocks import Cell, Column, Text
from evalkit.report.deltas import Delta
from evalkit.report.numbers import difference_text, value_text

#: Those of ``number_cells``, and that of ``moves_cell``.
NUMBERS = (Column("Baseline", "number"), Column("Candidate", "number"), Column("Difference", "number"))
MOVES = Column("Won/lost/tied", "number")


def number_cells(comparison: Comparison | None, change: Delta | None) -> tuple[Cell, ...]:
    """Both values and their difference in the metric's own direction; empty where nothing was compared."""
    if comparison is None or change is None:
        return (Text("", "number"),) * len(NUMBERS)
    texts = (
        value_text(comparison.metric, comparison.baseline),
        value_text(comparison.metric, comparison.candidate),
        difference_text(comparison.metric, change.difference),
    )
    return tuple(Text(text, "number") for text in texts)


def moves_cell(comparison: Comparison | None) -> Cell:
    """Samples won, lost and tied by the candidate."""
    if comparison is None:
        return Text("", "number")
    c = comparison
    return Text(f"{c.n_wins}/{c.n_losses}/{c.n_ties}" if c.is_paired else "unpaired", "number")

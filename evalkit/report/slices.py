"""Which slices moved, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evalkit.comparisons.slices.scan import RATE, SliceMove, SliceScan, adjusted
from evalkit.core.slices import shown_by
from evalkit.core.text import plural
from evalkit.report.data import EvaluationData
from evalkit.report.fdr import MARK
from evalkit.report.numbers import difference_text, p_text, value_text


def with_slices_adjusted(items: Sequence[EvaluationData]) -> tuple[EvaluationData, ...]:
    """The evaluations with the q-values of the slices of all of them, one family."""
    scans = [item.pair.slices for item in items if item.pair is not None and item.pair.slices is not None]
    found = iter(adjusted(scans))
    return tuple(
        item
        if item.pair is None or item.pair.slices is None
        else replace(item, pair=replace(item.pair, slices=next(found)))
        for item in items
    )


def sentence(scans: Sequence[SliceScan]) -> str:
    """What was looked at, and what a slice that moved is."""
    fields = list(dict.fromkeys(field for each in scans for field in each.fields))
    n_tests, n_moved = sum(len(each.moves) for each in scans), sum(len(each.moved) for each in scans)
    n_unseen = sum(each.n_unseen for each in scans)
    told = (
        f"Looked at though nobody asked: {plural(n_tests, 'slice')} by {plural(len(fields), 'field')} of the "
        f"rows ({', '.join(map(shown_by, fields))}). {n_moved:,} moved, at a false discovery "
        f"rate of {100 * RATE:.0f} % ({MARK}, q at most {RATE}): Benjamini and Hochberg over all of them, "
        "each direction at half the rate."
    )
    if n_unseen:
        are = "slice has" if n_unseen == 1 else "slices have"
        told += f" {n_unseen:,} more {are} too few samples for any answers to show anything: unseen."
    return told


def numbers(move: SliceMove) -> tuple[str, str, str, str, str]:
    """Baseline, candidate, change in the metric's own direction, turns, q."""
    q = p_text(move.q)
    return (
        value_text(move.metric, move.baseline),
        value_text(move.metric, move.candidate),
        difference_text(move.metric, move.candidate - move.baseline),
        f"{move.n_wins}/{move.n_losses}/{move.n - move.n_wins - move.n_losses}",
        f"{q} {MARK}" if move.has_moved else q,
    )

"""The slices that moved between two runs, under the table of ``evalkit compare``."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.cli.printing import cell_text, print_table, say
from evalkit.session.stored.slices import ScannedPair

#: More than these are for ``--json`` and ``--html``.
MAX_ROWS = 20


def print_slices(scanned: Sequence[ScannedPair]) -> None:
    """What was looked at, and the slices that moved, the worst first; nothing without any to look at."""
    if not scanned:
        return
    from evalkit.report.slices import numbers, sentence
    from evalkit.report.terminal import wrapped

    say("\nslices:")
    say("\n".join(wrapped(sentence([each.scan for each in scanned]), indent="  ")))
    moved = [(each, move) for each in scanned for move in each.scan.moved]
    if not moved:
        return
    moved.sort(key=lambda pair: pair[1].difference)
    say("")
    names = (
        "task",
        "slice",
        "metric",
        "n",
        "baseline",
        "candidate",
        "change",
        "won/lost/tied",
        "q",
        "finding",
    )
    rows = [
        (cell_text(each.candidate.task), cell_text(move.part.text), move.metric, f"{move.n:,}",
         *numbers(move), move.word)
        for each, move in moved[:MAX_ROWS]
    ]  # fmt: skip
    print_table(names, rows, right=names[3:-1], whole=("slice", *names[3:]))
    if len(moved) > MAX_ROWS:
        say(f"  and {len(moved) - MAX_ROWS:,} more, with --json or --html")

"""What moved over the history of the store, as ``evalkit drift`` finds it."""

from __future__ import annotations

from evalkit.drift.watched import Watched
from evalkit.drift.watching import watch
from evalkit.report.blocks import Note
from evalkit.report.page import Page
from evalkit.report.sections import Section
from evalkit.stats.changepoint import MIN_RUNS
from evalkit.store.store import Store

#: As the command's ``--alpha``.
ALPHA = 0.05


def drift_of(store: Store) -> Watched | None:
    """All series of the store; None where there are none."""
    return watch(store, store.history(), ALPHA)


def nothing_to_watch() -> Page:
    """What stands in place of the drift of a store without finished runs."""
    text = f"No finished, complete run has numbers yet; a series needs {MIN_RUNS} runs."
    return Page("Drift", "drift", [Section("drift", "", (Note(text),))])

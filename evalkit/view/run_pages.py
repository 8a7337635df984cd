"""Reports as pages: of one run, of two side by side, of more as a leaderboard."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.errors import UsageError
from evalkit.report.collect import collect
from evalkit.report.data import ReportData
from evalkit.report.ways import Way
from evalkit.session.stored.comparison import compare_runs, comparison_data
from evalkit.session.stored.findings import Limits
from evalkit.session.stored.leaderboards import Ranking, leaderboards_data, rank_runs
from evalkit.session.stored.sides import read_side
from evalkit.session.stored.source import StoredSource
from evalkit.store.listing import comparable_before
from evalkit.store.store import Store
from evalkit.view.places import Places


def run_data(store: Store, run_id: str) -> ReportData:
    """What ``evalkit report RUN`` shows."""
    return collect(StoredSource(store), run_id)


def near_run(store: Store, places: Places, run_id: str) -> list[Way]:
    """From a run to itself beside the one before it."""
    before = run_before(store, run_id)
    return [Way("Compare with the run before", places.comparison([before, run_id]))] if before else []


def run_before(store: Store, run_id: str) -> str | None:
    """The latest run before this one that it can be compared with."""
    return comparable_before(store.connection, run_id)


def comparison_of(store: Store, names: Sequence[str]) -> ReportData:
    """What ``evalkit compare`` writes with ``--html``: two runs side by side, more as a leaderboard.

    Args:
        names: ``RUN`` or ``RUN::SUBJECT``; of two the first is the baseline.

    Raises UsageError where there are fewer than two, or nothing meets; StoreError for no run.
    """
    if len(names) < 2:
        raise UsageError("a comparison needs two runs or more", hint="tick them in the list of runs")
    if len(names) == 2:
        return comparison_data(store, compare_runs(store, names[0], names[1], Limits()))
    return leaderboards_data(store, rank_runs(store, names, Ranking()))


def near_comparison(places: Places, names: Sequence[str]) -> list[Way]:
    """From a comparison to each of its runs, and of two to the other way round."""
    own = [Way(f"Run {name}", places.run(name.partition("::")[0])) for name in names[:4]]
    if len(names) != 2:
        return own
    return [*own, Way("The other way round", places.comparison([names[1], names[0]]))]


def in_order(store: Store, run_ids: Sequence[str]) -> list[str]:
    """The runs that were picked in a list, the earliest first: it is the baseline."""
    return sorted(run_ids, key=lambda run_id: (read_side(store, run_id).run.started_at, run_id))

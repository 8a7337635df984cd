"""Everything that ``evalkit drift`` looks for, in one go."""

from __future__ import annotations

from collections.abc import Iterable

from evalkit.drift.departure import find_departures
from evalkit.drift.finding import find_drift
from evalkit.drift.series import series_of
from evalkit.drift.watched import Watched
from evalkit.store.bridges import read_bridges
from evalkit.store.history import HistoryRow
from evalkit.store.store import Store


def watch(store: Store, rows: Iterable[HistoryRow], alpha: float) -> Watched | None:
    """What moved in these rows of the store's history; None where they make no series.

    Args:
        alpha: chance of any false alarm while ``HORIZON`` runs are watched, in (0, 0.5].
    """
    series = series_of(rows, read_bridges(store.connection), alpha)
    if not series:
        return None
    now = max(each.last.started_at for each in series)
    over = [each for each in series if each.is_over(now)]
    series = [each for each in series if not each.is_over(now)]
    findings = find_drift(store, series, alpha)
    return Watched(alpha, series, over, findings, find_departures(store, series, findings, alpha))

"""How far a series stands from its first baseline, which no later baseline moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.drift.finding import Finding
from evalkit.drift.move import Direction, direction, p_text, size_text
from evalkit.drift.series import Series
from evalkit.stats.since_first import Distance
from evalkit.store.history import HistoryRow
from evalkit.store.store import Store


@dataclass(frozen=True)
class Departure:
    """Attributes:
    first: the first run of the series that others were compared with.
    n_baselines: runs of the series that others were compared with.
    """

    series: Series
    first: HistoryRow
    n_baselines: int
    distance: Distance

    @property
    def direction(self) -> Direction:
        return direction(self.series, self.distance.size)

    @property
    def is_worse(self) -> bool:
        return self.direction == "worse"

    @property
    def text(self) -> str:
        """``fell by 0.05 [-0.07, -0.03] (interval of 95 %) since the first of 41 baselines, run R: …``."""
        moved = self.distance
        verb = "fell" if moved.size < 0 else "rose"
        which = f"the first of {self.n_baselines:,} baselines" if self.n_baselines > 1 else "its baseline"
        return (
            f"{verb} by {size_text(moved)} since {which}, run {self.first.run_id}: "
            f"{moved.before:.4g} -> {moved.after:.4g}, {p_text(moved.p_value)}"
        )


def find_departures(
    store: Store, series: Sequence[Series], findings: Sequence[Finding], alpha: float
) -> list[Departure]:
    """Series that stand apart from their first baseline; ``alpha`` is shared as in ``find_drift``, whose
    ``findings`` are."""
    long_enough = [each for each in series if each.too_short is None]
    known = store.compared_with()
    found = []
    for each in long_enough:
        changes = [finding.change for finding in findings if finding.series is each]
        places = _baselines(each, known)
        share = alpha / len(long_enough) / (2 if each.seams else 1)
        distance = each.since(places[0], changes, share) if places else None
        if distance is not None and distance.p_value <= share:
            found.append(Departure(each, each.rows[places[0]], len(places), distance))
    return found


def _baselines(series: Series, known: set[str]) -> list[int]:
    """Places of runs that others were compared with; only those that asked the same samples as the last."""
    data = series.last.dataset_hash
    return [at for at, row in enumerate(series.rows) if row.run_id in known and row.dataset_hash == data]

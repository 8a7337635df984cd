"""Statistics of the last batches that metrics scored."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

from evalkit.metrics.metric import Floats


class RecentRows:
    """Rows by what they were computed from; the oldest ones make room. Threads may share it.

    While one unit is concluded in a thread of its own, samples of the next one are scored in another, so
    whoever keeps rows must not count on finding them again.

    Args:
        n_most: entries that are kept.
    """

    def __init__(self, n_most: int) -> None:
        self._n_most = n_most
        self._rows: OrderedDict[Hashable, Floats] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Hashable) -> Floats | None:
        """What was kept, read-only; None where it was never or is no more."""
        with self._lock:
            return self._rows.get(key)

    def keep(self, key: Hashable, rows: Floats) -> None:
        """Remember ``rows``, which nobody may write to from now on."""
        rows.setflags(write=False)
        with self._lock:
            self._rows[key] = rows
            while len(self._rows) > self._n_most:
                self._rows.popitem(last=False)

"""The store, with the responses of the run that just ended still in memory."""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.core.observations import Observations
from evalkit.session.stored.source import StoredSource
from evalkit.store.store import Store


class LiveSource(StoredSource):
    """What a report reads: everything from the store, but not again what this process has just written.

    The report comes out the same as one that ``evalkit report`` writes later from the store alone.
    """

    def __init__(self, store: Store, observations: Mapping[str, Observations]) -> None:
        super().__init__(store)
        self._observations = observations

    def observations(self, evaluation_id: str) -> Observations:
        found = self._observations.get(evaluation_id)
        return found if found is not None else super().observations(evaluation_id)

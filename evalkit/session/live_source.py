"""The store at the end of a session: what was read, or is still in memory, is not read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evalkit.core.estimate import Estimate
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation, Run
from evalkit.core.verdict import Verdict
from evalkit.session.stored.source import StoredSource
from evalkit.store.store import Store


class LiveSource(StoredSource):
    """What summary and report read, while this process holds the store and writes no more of it.

    The report comes out the same as one that ``evalkit report`` writes later from the store alone.
    """

    def __init__(self, store: Store, observations: Mapping[str, Observations]) -> None:
        super().__init__(store)
        self._observations = observations
        self._runs: dict[str, Run] = {}
        self._evaluations: dict[str, Sequence[Evaluation]] = {}
        self._estimates: dict[str, Sequence[Estimate]] = {}
        self._verdicts: dict[str, Sequence[Verdict]] = {}

    def run(self, which: str) -> Run:
        if which not in self._runs:
            self._runs[which] = super().run(which)
        return self._runs[which]

    def evaluations(self, run_id: str) -> Sequence[Evaluation]:
        if run_id not in self._evaluations:
            self._evaluations[run_id] = super().evaluations(run_id)
        return self._evaluations[run_id]

    def estimates(self, evaluation_id: str) -> Sequence[Estimate]:
        if evaluation_id not in self._estimates:
            self._estimates[evaluation_id] = super().estimates(evaluation_id)
        return self._estimates[evaluation_id]

    def verdicts(self, evaluation_id: str) -> Sequence[Verdict]:
        if evaluation_id not in self._verdicts:
            self._verdicts[evaluation_id] = super().verdicts(evaluation_id)
        return self._verdicts[evaluation_id]

    def observations(self, evaluation_id: str) -> Observations:
        found = self._observations.get(evaluation_id)
        return found if found is not None else super().observations(evaluation_id)

"""The store, with the responses of the run that just ended still in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evalkit.core.estimate import Estimate
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation, Run
from evalkit.core.tally import Tally
from evalkit.core.verdict import Verdict
from evalkit.store.own_history import OwnHistory
from evalkit.store.store import Store


class LiveSource:
    """What a report reads: everything from the store, but not again what this process has just written.

    The report comes out the same as one that ``evalkit report`` writes later from the store alone.
    """

    def __init__(self, store: Store, observations: Mapping[str, Observations]) -> None:
        self._store = store
        self._observations = observations

    def run(self, run_id: str) -> Run:
        return self._store.run(run_id)

    def evaluations(self, run_id: str) -> Sequence[Evaluation]:
        return self._store.evaluations(run_id)

    def observations(self, evaluation_id: str) -> Observations:
        found = self._observations.get(evaluation_id)
        return found if found is not None else self._store.observations(evaluation_id)

    def estimates(self, evaluation_id: str) -> Sequence[Estimate]:
        return self._store.estimates(evaluation_id)

    def verdicts(self, evaluation_id: str) -> Sequence[Verdict]:
        return self._store.verdicts(evaluation_id)

    def baseline_evaluation_ids(self, evaluation_id: str) -> Mapping[str, str]:
        return self._store.baseline_evaluation_ids(evaluation_id)

    def tallies(self, run_id: str) -> Mapping[str, Tally]:
        return self._store.tallies(run_id)

    def own_history(
        self, evaluation: Evaluation, *, scorer: str | None = None, until: float | None = None
    ) -> OwnHistory:
        return self._store.own_history(evaluation, scorer=scorer, until=until)

    def prompt_text(self, prompt_hash: str) -> str | None:
        return self._store.prompt_text(prompt_hash)

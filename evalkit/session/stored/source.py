"""What a report reads of a store: all that it holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from evalkit.core.estimate import Estimate
from evalkit.core.judge_calibration import JudgeCalibration
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation, Run
from evalkit.core.tally import Tally
from evalkit.core.verdict import Verdict
from evalkit.store.answers import Answers
from evalkit.store.own_history import OwnHistory
from evalkit.store.store import Store

if TYPE_CHECKING:
    from evalkit.core.bridge import Bridge
    from evalkit.store.history import HistoryRow


class StoredSource:
    """``evalkit.report.data.Source`` of a store; subclasses give other runs, or what is still in memory."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def run(self, run_id: str) -> Run:
        return self._store.run(run_id)

    def evaluations(self, run_id: str) -> Sequence[Evaluation]:
        return self._store.evaluations(run_id)

    def observations(self, evaluation_id: str) -> Observations:
        return self._store.observations(evaluation_id)

    def estimates(self, evaluation_id: str) -> Sequence[Estimate]:
        return self._store.estimates(evaluation_id)

    def verdicts(self, evaluation_id: str) -> Sequence[Verdict]:
        return self._store.verdicts(evaluation_id)

    def baseline_evaluation_ids(self, evaluation_id: str) -> Mapping[str, str]:
        return self._store.baseline_evaluation_ids(evaluation_id)

    def tallies(self, run_id: str) -> Mapping[str, Tally]:
        return self._store.tallies(run_id)

    def judge_calibrations(self, signatures: Sequence[str]) -> Sequence[JudgeCalibration]:
        from evalkit.store.calibrations import read_calibrations  # where a judge scored

        return read_calibrations(self._store.connection, signatures)

    def metric_history(
        self, wanted: Collection[tuple[str, str]], *, until: float, most: int, least: int
    ) -> Sequence[HistoryRow]:
        from evalkit.store.metric_history import read_metric_history  # where a report is made

        return read_metric_history(self._store.connection, wanted, until=until, most=most, least=least)

    def bridges(self) -> Sequence[Bridge]:
        from evalkit.store.bridges import read_bridges  # where there is a history

        return read_bridges(self._store.connection)

    def own_history(
        self, evaluation: Evaluation, *, scorer: str | None = None, until: float | None = None
    ) -> OwnHistory:
        return self._store.own_history(evaluation, scorer=scorer, until=until)

    @property
    def answers(self) -> Answers:
        return self._store.answers

    def prompt_text(self, prompt_hash: str) -> str | None:
        return self._store.prompt_text(prompt_hash)

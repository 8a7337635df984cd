"""The gates of a session that compare, with all that they need; loaded where a task has one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.gates.deciding.conclude import decide_session
from evalkit.session.baseline import Baseline
from evalkit.session.baseline_luck import BaselineLuck
from evalkit.session.compared_gates import ComparedGates
from evalkit.session.evaluations import Evaluations
from evalkit.session.explaining import Explaining
from evalkit.session.history_noise import HistoryNoise
from evalkit.session.publisher import Publisher
from evalkit.session.sample_history import SampleHistory
from evalkit.session.sequential.stopping import Stopping

if TYPE_CHECKING:
    from evalkit.session.tournament.tournament import Tournament


@dataclass(frozen=True)
class Family:
    """They share alpha, so that they are decided together, when the last unit is done."""

    gates: ComparedGates
    explaining: Explaining
    publisher: Publisher

    @classmethod
    def of(
        cls,
        baseline: Baseline,
        evaluations: Evaluations,
        history: SampleHistory,
        store: Path,
        publisher: Publisher,
        stopping: Stopping | None,
        tournament: Tournament | None = None,
    ) -> Family:
        noise = HistoryNoise(baseline, evaluations, history)
        explaining = Explaining(noise, BaselineLuck(baseline, store), stopping)
        return cls(ComparedGates(baseline, evaluations, stopping, tournament), explaining, publisher)

    def decide(self) -> None:
        """Decide all of them, and put them up."""
        comparings = self.gates.measure()
        verdicts = decide_session([each.found for each in comparings])
        for each, verdict in zip(comparings, verdicts, strict=True):
            explained = self.explaining.explain(each, verdict)
            self.publisher.gate(each.evaluated, each.gate, explained, each.baseline_id)

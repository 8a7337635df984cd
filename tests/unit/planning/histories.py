"""Evaluations of one task to plan from: right and wrong answers, sample by sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evalkit.core.estimate import Estimate
from evalkit.core.gate import GateRules, MetricSpec
from evalkit.core.response import Response
from evalkit.core.run import SubjectRecord
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.gates.regression import RegressionGate
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.store.records import make_evaluation, make_run

GATE = RegressionGate(MetricSpec("accuracy"), margin=0.05)


class Evaluated:
    """A store in which evaluations of the task ``sums`` gather, one a day."""

    def __init__(self, path: Path, first: int = 0) -> None:
        self.path = path
        self._n = first

    def add(
        self,
        values: Mapping[str, Sequence[float]] | Sequence[float],
        *,
        prompt_hash: str = "p1",
        model: str = "local/tiny",
        costs: Sequence[float | None] = (),
        is_cached: bool = False,
        estimates: bool = False,
        rows: Sequence[Mapping[str, Any]] = (),
        **changes: Any,
    ) -> str:
        """A finished run, its values by sample and repeat, or one for each sample; returns its id.

        Args:
            rows: of the dataset, one for each sample.
        """
        by_sample = values if isinstance(values, Mapping) else {f"s{i:03}": [v] for i, v in enumerate(values)}
        run_id, started = f"run-{self._n:03}", 1_700_000_000.0 + self._n * 86_400
        self._n += 1
        subject = SubjectRecord(f"{model}-{prompt_hash}", model, "rev1", {}, "default", prompt_hash)
        given: dict[str, Any] = {
            "subject": subject,
            "n_samples": len(by_sample),
            "n_repeats": max(map(len, by_sample.values())),
            "rules": GateRules((GATE,)),
            **changes,
        }
        spool = Spool.create(self.path, run_id)
        spool.add_run(make_run(run_id, started_at=started))
        spool.add_evaluation(make_evaluation(f"{run_id}-1", run_id, **given))
        for at, (sample_id, repeats) in enumerate(by_sample.items()):
            cost = costs[at] if costs else None
            for repeat, value in enumerate(repeats):
                answer = Response("out", sample_id, repeat, is_cached=is_cached, cost_usd=cost)
                spool.add_response(
                    f"{run_id}-1", Sample(sample_id, "in", row=rows[at] if rows else {}), answer
                )
                spool.add_scores(f"{run_id}-1", sample_id, repeat, Score("exact_match", value))
        if estimates:
            all_values = [value for repeats in by_sample.values() for value in repeats]
            mean = sum(all_values) / len(all_values)
            spool.add_metrics(f"{run_id}-1", [Estimate("accuracy", mean, None, None, len(all_values), "v1")])
        spool.close()
        return run_id

    def fold(self) -> None:
        with Store.open(self.path, mode="write") as store:
            store.fold()

"""Stores in which several Subjects answered the samples of one task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from evalkit.core.response import Response
from evalkit.core.run import SubjectRecord
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.store.records import make_evaluation, make_run

START = 1_700_000_000.0
DAY_S = 86_400.0


class History:
    """Runs of the task ``sums``, a day apart; ``folded`` puts them into the store."""

    def __init__(self, folder: Path, inputs: Mapping[str, str], targets: Mapping[str, str]) -> None:
        self.path = folder / "results.duckdb"
        self._inputs, self._targets = inputs, targets
        self._n_runs = 0

    def add(
        self,
        model: str,
        answers: Mapping[str, Sequence[str]],
        *,
        prompt: str = "default",
        cost: float | None = 0.001,
        is_cached: bool = False,
    ) -> None:
        """One run of one Subject with the repeats of each sample, scored by equality with the target."""
        run_id = f"run-{self._n_runs:03}"
        started = START + self._n_runs * DAY_S
        self._n_runs += 1
        subject = SubjectRecord(f"{model}#{prompt}", model, "rev", {}, prompt, prompt)
        spool = Spool.create(self.path, run_id)
        spool.add_run(make_run(run_id, started_at=started))
        name = f"{run_id}-1"
        spool.add_evaluation(make_evaluation(name, run_id, subject=subject, n_samples=len(answers)))
        for sample_id, repeats in answers.items():
            target = self._targets[sample_id]
            sample = Sample(sample_id, self._inputs[sample_id], target, content_hash=f"{sample_id} {target}")
            for repeat, text in enumerate(repeats):
                response = Response(
                    text, sample_id, repeat, cost_usd=cost, is_cached=is_cached, created_at=started
                )
                spool.add_response(name, sample, response)
                score = Score("exact_match", float(text == target), answer=text)
                spool.add_scores(name, sample_id, repeat, score)
        spool.close()

    def folded(self) -> Store:
        """The store, open for writing."""
        store = Store.open(self.path, mode="write")
        store.fold()
        return store

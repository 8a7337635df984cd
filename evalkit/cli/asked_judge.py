"""Asks a task's judge about labelled responses: a session on stored answers, with the cache of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.calibrating.labelled import Labelled, Opinion
from evalkit.errors import UsageError
from evalkit.session.stored.labelled_answers import LabelledTask
from evalkit.store.store import Store
from evalkit.store.throwaway import throwaway_store

_MODEL = "stored/answers"


@dataclass
class AskedJudge:
    """The judge of one scorer.

    Attributes:
        scorer: what its scores are called.
        store: the file of results, beside which judgements are cached.
        options: those of ``evaluate`` that the user gave: ``judge``, ``max_cost``, ``offline`` …
        signature: of the scorer with its judge, known once it was asked.
        cost_usd: of all judgements that were not in the cache, None where a price is unknown.
    """

    labelled: LabelledTask
    scorer: str
    store: Path
    options: dict[str, Any]
    is_shown: bool = False
    signature: str = ""
    cost_usd: float | None = 0.0

    def __call__(self, responses: Sequence[Labelled], n_rounds: int) -> list[Opinion]:
        """What the judge says of each, in order; a failure is an opinion without a value.

        Raises UsageError where the judge cannot be asked at all.
        """
        from evalkit.api.evaluate import evaluate

        task, answers = self.labelled.of(responses)
        with throwaway_store(self.store, "calibrating") as path:
            results = evaluate(
                task, {_MODEL: answers}, store=path, progress=self.is_shown, judge_repeats=n_rounds,
                limit=len(responses), repeats=1, **self.options,
            )  # fmt: skip
            with Store.open(path) as store:
                (evaluation,) = store.evaluations(results.run_id)
                observations = store.observations(evaluation.evaluation_id)
        if not len(observations):
            reason = next((each.detail for each in results.failures), "nothing was judged")
            raise UsageError(f"the judge cannot be called: {reason.replace('--llm-judge', '--judge')}")
        self.signature = evaluation.scorer_signatures[self.scorer]
        by_id = dict(zip(observations.sample_ids, observations.scores[self.scorer], strict=True))
        opinions = []
        for place in range(len(responses)):
            score = by_id.get(str(place))
            if score is None:
                opinions.append(Opinion(None, error="was not judged: the session ended first"))
                continue
            judgements = score.judgements or ()
            self._count(judgements)
            opinions.append(Opinion(score.value, judgements, score.values, score.error))
        return opinions

    def _count(self, judgements: Sequence[Any]) -> None:
        for each in judgements:
            if each.is_cached or each.error is not None:
                continue
            known = self.cost_usd is not None and each.cost_usd is not None
            self.cost_usd = self.cost_usd + each.cost_usd if known else None

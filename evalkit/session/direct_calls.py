"""What the ``llm`` fixture needs of a session: a running loop, open models, a spool."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from evalkit.core.error_kinds import OTHER, ErrorKind, error_kind
from evalkit.core.prompt import Prompt
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.run import Evaluation
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.subject import DEFAULT_PROMPT, Subject
from evalkit.core.tally import joined
from evalkit.core.text import path_in
from evalkit.errors import ModelError
from evalkit.runner.asking import Asker
from evalkit.runner.task_prompt import BARE_PROMPT
from evalkit.scorers.scorer import Scorer
from evalkit.session.resources import Resources
from evalkit.session.units import subject_record
from evalkit.store.spool import Spool

T = TypeVar("T")


def _failed(request: Request, error: str, kind: ErrorKind = OTHER) -> Response:
    return Response(error=error, error_kind=kind, sample_id=request.sample.id, input=request.text)


class DirectCalls:
    """Calls by hand, one at a time, stored as evaluations of their own (one for each test)."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        store = resources.options.store
        self._spool = Spool.create(store, resources.run_id, f"{resources.process}-llm")
        self._runner = resources.runner
        self._askers: dict[str, Asker] = {}
        self._numbers = itertools.count()
        self._n_by_evaluation: dict[str, list[int]] = {}
        self._repeats: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._asked: dict[str, tuple[Subject, Prompt]] = {}
        self._revisions: dict[str, Counter[str]] = {}

    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the session's loop and wait for it. Raises ModelError where it was cancelled."""
        return self._runner.wait(coroutine)

    def score(self, scorers: Sequence[Scorer], sample: Sample, response: Response) -> tuple[Score, ...]:
        """One Score for each scorer; one that breaks carries its error."""
        return self.wait(self._runner.score(scorers, sample, response))

    def ask(self, subject: Subject, request: Request) -> Response:
        """One Response; a failed one carries its error."""
        try:
            return self.wait(self._ask(subject, request))
        except ModelError as error:
            return _failed(request, str(error), error_kind(error))

    async def _ask(self, subject: Subject, request: Request) -> Response:
        model = self._resources.subjects.models[subject.model.text]
        failure = await self._runner.ensure_started(model)
        if failure is not None:
            return _failed(request, failure)
        asker = self._askers.setdefault(subject.model.text, self._runner.asker(model))
        self._spool.add_media(request.media)
        return await asker.ask(request)

    def keep(
        self, test: str, subject: Subject, evaluation: Evaluation | None, sample: Sample, response: Response
    ) -> tuple[Evaluation, Response]:
        """Store a Response; the evaluation of the test is begun with its first one.

        A further answer to a sample that was asked before is a further repeat: no two rows are alike.
        """
        if evaluation is None:
            evaluation = self._begin(test, subject)
        repeats = self._repeats[evaluation.evaluation_id]
        response = replace(response, repeat=repeats[sample.id])
        repeats[sample.id] += 1
        counts = self._n_by_evaluation[evaluation.evaluation_id]
        counts[0] += 1
        counts[1] += response.error is not None
        if response.model_revision is not None:
            self._revisions[evaluation.evaluation_id][response.model_revision] += 1
        self._spool.add_response(evaluation.evaluation_id, sample, response)
        return evaluation, response

    def keep_score(self, evaluation: Evaluation, response: Response, score: Score) -> None:
        """Store a Score of a Response that was kept."""
        self._spool.add_scores(evaluation.evaluation_id, response.sample_id, response.repeat, score)

    def conclude(self, evaluation: Evaluation) -> None:
        """The test is over."""
        n, n_errors = self._n_by_evaluation.pop(evaluation.evaluation_id)
        self._repeats.pop(evaluation.evaluation_id, None)
        subject, prompt = self._asked.pop(evaluation.evaluation_id)
        revision = joined(self._revisions.pop(evaluation.evaluation_id))
        model = self._resources.subjects.models[subject.model.text]
        record = subject_record(subject, model, prompt, revision)
        self._spool.add_evaluation(
            replace(evaluation, subject=record, n_samples=n, n_errors=n_errors, status="finished")
        )

    def close(self) -> None:
        """Nothing more comes."""
        self._spool.close()

    def _begin(self, test: str, subject: Subject) -> Evaluation:
        resources = self._resources
        prompt = (
            BARE_PROMPT
            if subject.prompt == DEFAULT_PROMPT
            else resources.subjects.prompt_for_tests(subject.prompt)
        )
        record = subject_record(subject, resources.subjects.models[subject.model.text], prompt)
        evaluation_id = f"{resources.run_id}-{resources.process}-{next(self._numbers)}"
        evaluation = Evaluation(evaluation_id, resources.run_id, test, "", "", record)
        self._spool.add_prompt(prompt, path=path_in(prompt.file, resources.subjects.root))
        self._spool.add_evaluation(evaluation)
        self._n_by_evaluation[evaluation_id] = [0, 0]
        self._asked[evaluation_id] = subject, prompt
        self._revisions[evaluation_id] = Counter()
        return evaluation

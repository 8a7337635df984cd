"""From Responses to outcomes: every row is kept, gates are decided as soon as they can be."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence

from evalkit.core.message import Media
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.core.user_code import caught
from evalkit.errors import MetricError, StoreError
from evalkit.runner.scoring import describe
from evalkit.runner.unit import Unit
from evalkit.session.asserted_samples import AssertedSamples
from evalkit.session.evaluations import Evaluations
from evalkit.session.own_gates import OwnGates
from evalkit.session.publisher import Publisher
from evalkit.session.units import ReadyUnit
from evalkit.store.spool import Spool


class ResultsRecorder:
    """The runner's Sink. Gates on their own evaluation are decided as soon as their unit is done.

    Args:
        on_last: called when the last unit is done: gates that compare are decided then, together.
    """

    def __init__(
        self,
        evaluations: Evaluations,
        asserted: AssertedSamples,
        own_gates: OwnGates,
        publisher: Publisher,
        spool: Spool,
        on_last: Callable[[], None],
    ) -> None:
        self._evaluations = evaluations
        self._asserted = asserted
        self._own_gates = own_gates
        self._publisher = publisher
        self._spool = spool
        self._on_last = on_last
        self._lock = threading.Lock()
        self._n_open = sum(1 for _ in evaluations.ready)
        #: Whether a unit is being concluded right now.
        self.is_concluding = False
        self._watched = {
            (each.evaluation_id, item.sample_id): item.outcome_id
            for each in evaluations
            for item in each.items
            if item.kind == "sample"
        }

    def begin(self) -> None:
        """Write down what is about to be asked; publish what cannot be."""
        self._evaluations.begin()
        for broken in self._evaluations.broken:
            self._publisher.failed(broken, broken.failure)
        with contextlib.suppress(StoreError):  # a full disk is told at the end; until then rows are kept
            self._spool.flush()  # whoever dies now leaves a trace of what was begun
        if self._n_open == 0:
            self._on_last()

    def on_media(self, media: Sequence[Media]) -> None:
        self._spool.add_media(media)

    def on_response(self, unit: Unit, position: int, response: Response, scores: Sequence[Score]) -> None:
        sample = unit.sample_at(position)
        self._spool.add_response(unit.evaluation_id, sample, response, position // unit.n_repeats)
        self._spool.add_scores(unit.evaluation_id, sample.id, response.repeat, *scores)

    def on_sample_done(self, unit: Unit, sample_index: int) -> None:
        outcome_id = self._watched.get((unit.evaluation_id, unit.samples[sample_index].id))
        if outcome_id is not None:
            evaluation = self._evaluations.of(unit.evaluation_id).evaluation
            self._asserted.publish(outcome_id, evaluation, unit, sample_index)

    def on_unit_done(self, unit: Unit) -> None:
        planned = self._evaluations.of(unit.evaluation_id)
        self.is_concluding = True
        try:
            self._conclude(planned)
            self._asserted.settle()
        except BaseException as error:  # a metric may be code of the user's
            self._publisher.failed(planned, describe(caught(error)))
        self.is_concluding = False
        with self._lock:
            self._n_open -= 1
            is_last = self._n_open == 0
        if is_last:
            self._on_last()

    def interrupt(self) -> None:
        """The session ends early: metrics over what came, status ``interrupted``, no verdicts.

        Where one is still being computed, and has been waited for, none is begun.
        """
        for planned in self._evaluations.ready:
            if planned.evaluation_id in self._evaluations.done:
                continue
            try:
                if self.is_concluding:
                    raise MetricError("another one does not end")
                self._evaluations.interrupt(planned)
            except BaseException as error:  # half of the responses may be too few: they are kept all the same
                caught(error)
                self._evaluations.leave(planned)

    def _tell_left_out(self, unit: Unit) -> None:
        """Asserted Samples that nobody was asked about have an outcome too."""
        for index in range(len(unit.samples)):
            if None in unit.answers(index):
                self.on_sample_done(unit, index)

    def _conclude(self, planned: ReadyUnit) -> None:
        evaluated = self._evaluations.conclude(planned)
        self._own_gates.publish(evaluated)
        if planned.unit.is_out_of_budget:
            self._tell_left_out(planned.unit)
        asserted = self._asserted.verdict(planned.unit)
        if asserted is not None:
            self._spool.add_verdict(planned.evaluation_id, asserted)

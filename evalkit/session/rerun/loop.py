"""``--llm-rerun``: what is asked again after the first pass, the cheapest first, and what comes of it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence

from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.runner.rounds import Ask
from evalkit.session.asserted_samples import AssertedSamples
from evalkit.session.evaluations import Evaluations
from evalkit.session.family import Family
from evalkit.session.outcome import Board
from evalkit.session.own_gates import OwnGates
from evalkit.session.rerun.eligibility import RerunEligibility
from evalkit.session.rerun.gates import RerunGates
from evalkit.session.rerun.samples import RerunSamples
from evalkit.session.rerun.sink import RerunSink
from evalkit.session.sample_history import SampleHistory
from evalkit.store.spool import Spool


class RerunLoop:
    """The runner's Rounds. Samples before gates: an answer to one costs less than a round of all.

    Args:
        budget: requests that may be asked, failed ones and those that the cache answers included.
        on_spend: told what is left of the budget, before each round.
        n_affordable: requests that the session may still make; None where nothing bounds them.
    """

    def __init__(
        self,
        sink: RerunSink,
        gates: RerunGates,
        budget: int,
        on_spend: Callable[[int], None],
        n_affordable: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._on_spend = on_spend
        self._n_affordable = n_affordable
        self._spent = "--llm-rerun"
        self._sink = sink
        self._gates = gates
        self._left = budget
        self._asserted: RerunSamples | None = None
        self._are_samples_settled = False
        self._changed: Counter[str] = Counter()

    def next_round(self) -> Sequence[Ask]:
        """Called when all that was asked for has come, for the first time after the first pass."""
        if self._asserted is None:
            self._begin()
        left = self._allowed()
        asks = self._next_samples(left) or self._gates.next_round(left)
        self._left -= len(asks)
        if asks:
            self._on_spend(self._left)
        else:
            self._finish()
        return asks

    def on_answer(self, ask: Ask, response: Response, scores: Sequence[Score]) -> None:
        self._sink.on_further_answer(ask, response, scores)
        if ask.is_recheck:
            assert self._asserted is not None
            self._asserted.on_answer(ask, scores)
        else:
            self._gates.on_answer(ask.unit, _has_failed(response, scores))

    def interrupt(self, *, is_stuck: bool) -> None:
        """The session ends early; ``is_stuck``: a metric is being computed that does not end."""
        self._sink.interrupt(is_stuck=is_stuck)

    def _begin(self) -> None:
        self._asserted = RerunSamples(self._sink.failed_samples())
        for comparing, verdict in self._gates.first_look():
            self._sink.settle_gate(comparing, verdict, is_final=verdict.word != "undecided")

    def _allowed(self) -> int:
        affordable = self._n_affordable()
        if affordable is None or affordable >= self._left:
            return self._left
        self._spent = "the budget of the session"
        return affordable

    def _next_samples(self, left: int) -> list[Ask]:
        assert self._asserted is not None
        asks = self._asserted.next_round(left)
        if not asks and not self._are_samples_settled:
            self._are_samples_settled = True
            verdicts = self._asserted.verdicts(self._spent)
            self._sink.settle_samples(verdicts)
            for failed, outcome in verdicts:
                self._changed[failed.unit.evaluation_id] += outcome.verdict != failed.outcome.verdict
        return asks

    def _finish(self) -> None:
        self._sink.conclude_again()
        for comparing, verdict in self._gates.second_look():
            evaluation_id = comparing.evaluated.evaluation.evaluation_id
            self._changed[evaluation_id] += verdict.verdict != "undecided"
            self._sink.settle_gate(comparing, verdict, is_final=True)
        self._sink.note_rerun(self._changed)
        self._sink.end()


def _has_failed(response: Response, scores: Sequence[Score]) -> bool:
    return response.error is not None or any(score.error is not None for score in scores)


def open_loop(
    evaluations: Evaluations,
    family: Family,
    asserted: AssertedSamples,
    own_gates: OwnGates,
    spool: Spool,
    board: Board,
    history: SampleHistory,
    all_done: threading.Event,
    budget: int,
    on_spend: Callable[[int], None],
    n_affordable: Callable[[], int | None],
) -> RerunLoop:
    """The loop of a session, put together."""
    sink = RerunSink(
        evaluations, asserted, own_gates, family.explaining, family.publisher, spool, board, all_done
    )
    gates = RerunGates(family.gates, RerunEligibility(evaluations, history), budget)
    return RerunLoop(sink, gates, budget, on_spend, n_affordable)

"""Where the answers and verdicts of ``--llm-rerun`` go: the store, and the board."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence

from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.core.text import plural
from evalkit.core.user_code import caught
from evalkit.core.verdict import Verdict
from evalkit.runner.rounds import Ask
from evalkit.session.asserted_samples import AssertedSamples
from evalkit.session.compared_gates import Comparing
from evalkit.session.evaluations import Evaluations
from evalkit.session.explaining import Explaining
from evalkit.session.outcome import Board, ItemOutcome
from evalkit.session.own_gates import OwnGates
from evalkit.session.publisher import Publisher
from evalkit.session.rerun.numbers import rerun_numbers
from evalkit.session.rerun.samples import FailedSample
from evalkit.store.spool import Spool


class RerunSink:
    """Keeps what comes, and puts verdicts up.

    Args:
        all_done: set when nothing more will come.
    """

    def __init__(
        self,
        evaluations: Evaluations,
        asserted: AssertedSamples,
        own_gates: OwnGates,
        explaining: Explaining,
        publisher: Publisher,
        spool: Spool,
        board: Board,
        all_done: threading.Event,
    ) -> None:
        self._evaluations = evaluations
        self._asserted = asserted
        self._own_gates = own_gates
        self._explaining = explaining
        self._publisher = publisher
        self._spool = spool
        self._board = board
        self._all_done = all_done

    def failed_samples(self) -> list[FailedSample]:
        """Asserted Samples that failed in the first pass, none of which was put up. What cannot be evaluated
        is an error, and nothing of it is asked again."""
        done = self._evaluations.done
        return [each for each in self._asserted.failed_samples() if each.unit.evaluation_id in done]

    def on_further_answer(self, ask: Ask, response: Response, scores: Sequence[Score]) -> None:
        """Keep one more answer; quick."""
        unit, sample = ask.unit, ask.unit.samples[ask.sample_index]
        self._spool.add_response(
            unit.evaluation_id, sample, response, ask.sample_index, is_recheck=ask.is_recheck
        )
        self._spool.add_scores(unit.evaluation_id, sample.id, response.repeat, *scores)

    def settle_samples(self, verdicts: Sequence[tuple[FailedSample, ItemOutcome]]) -> None:
        """Put up how the failed Samples came out."""
        instead: dict[str, dict[int, ItemOutcome]] = {}
        for failed, outcome in verdicts:
            self._board.publish(failed.outcome_id, outcome)
            instead.setdefault(failed.unit.evaluation_id, {})[failed.sample_index] = outcome
        for evaluation_id, outcomes in instead.items():
            verdict = self._asserted.verdict(self._evaluations.of(evaluation_id).unit, outcomes)
            if verdict is not None:
                self._spool.add_verdict(evaluation_id, verdict)

    def settle_gate(self, comparing: Comparing, verdict: Verdict, *, is_final: bool) -> None:
        """Put up a gate; one that is not final is kept, for a session that ends before it is."""
        explained = self._explaining.explain(comparing, verdict)
        if is_final:
            self._publisher.gate(comparing.evaluated, comparing.gate, explained, comparing.baseline_id)
        else:
            self._publisher.keep(comparing.evaluated, explained, comparing.baseline_id)

    def conclude_again(self) -> None:
        """Metrics over all answers."""
        for before in list(self._evaluations.done.values()):
            n_later = sum(not answer.is_recheck for answer in before.planned.unit.further)
            if n_later:
                self._evaluations.conclude(before.planned)
                self._own_gates.date(before, f"Decided before {plural(n_later, 'further answer')} came.")

    def note_rerun(self, changed: Counter[str]) -> None:
        """Keep what was asked and what it changed: evaluation id to verdicts that are others now."""
        for planned in self._evaluations.ready:
            n_changed = changed[planned.evaluation_id]
            if planned.unit.further or n_changed:
                self._spool.add_metrics(planned.evaluation_id, [*rerun_numbers(planned.unit, n_changed)])

    def interrupt(self, *, is_stuck: bool) -> None:
        """The session ends early: metrics over what came, unless one is being computed that does not end."""
        try:
            if not is_stuck:
                self.conclude_again()
        except BaseException as error:  # a metric that was stopped: that of the first pass stands
            caught(error)
        self.note_rerun(Counter())

    def end(self) -> None:
        """Nothing more will come."""
        self._all_done.set()

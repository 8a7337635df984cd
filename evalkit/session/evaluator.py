"""The process that evaluates: its units, the runner, and all parts that results pass through."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from evalkit.core.observations import Observations
from evalkit.core.quarantine import utc_day
from evalkit.session.asserted_samples import AssertedSamples
from evalkit.session.baseline import Baseline
from evalkit.session.baseline_luck import BaselineLuck
from evalkit.session.compared_gates import ComparedGates
from evalkit.session.evaluations import Evaluations
from evalkit.session.explaining import Explaining
from evalkit.session.history_noise import HistoryNoise
from evalkit.session.outcome import Board
from evalkit.session.own_gates import OwnGates
from evalkit.session.publisher import Publisher
from evalkit.session.recorder import ResultsRecorder
from evalkit.session.rerun.eligibility import RerunEligibility
from evalkit.session.rerun.gates import RerunGates
from evalkit.session.rerun.loop import RerunLoop
from evalkit.session.rerun.sink import RerunSink
from evalkit.session.resources import Resources
from evalkit.session.sample_history import StoredHistory
from evalkit.session.sequential.stopping import Stopping
from evalkit.session.units import PlannedUnit
from evalkit.session.unmatched_recordings import warn_of_unmatched
from evalkit.store.spool import Spool

#: New objects between two searches for cyclic garbage while a session evaluates.
_GC_THRESHOLD = 50_000

#: How long verdicts that are being computed are waited for at the end, in seconds.
_VERDICTS_S = 600.0
_INTERRUPTED_VERDICTS_S = 10.0


class Evaluator:
    """Evaluates what was selected, in a thread of its own, from ``start`` to ``finish``.

    Args:
        n_rerun: requests that ``--llm-rerun`` leaves.
        on_rerun: told what is left, before requests are spent.

    Attributes:
        all_done: set when every item has its outcome.
        is_cut: known after ``finish``: not every item got its outcome, so no evaluation need be whole.
    """

    def __init__(
        self,
        resources: Resources,
        board: Board,
        baseline: Baseline,
        planned: Sequence[PlannedUnit],
        n_rerun: int,
        on_rerun: Callable[[int], None],
    ) -> None:
        options = resources.options
        warn_of_unmatched(planned)
        self._spool = Spool.create(options.store, resources.run_id, resources.process)
        self._evaluations = Evaluations(planned, self._spool)
        self._stopping = Stopping(planned, baseline) if options.is_sequential else None
        self.all_done = threading.Event()
        history = StoredHistory(options.store, resources.run_id)
        publisher = Publisher(self._spool, board)
        asserted = AssertedSamples(board, history, utc_day(time.time()), is_holding=n_rerun > 0)
        own_gates = OwnGates(publisher, self._stopping)
        compared_gates = ComparedGates(baseline, self._evaluations, self._stopping)
        noise = HistoryNoise(baseline, self._evaluations, history)
        explaining = Explaining(noise, BaselineLuck(baseline, options.store), self._stopping)
        self._recorder = ResultsRecorder(
            self._evaluations,
            asserted,
            own_gates,
            compared_gates,
            explaining,
            publisher,
            self._spool,
            self.all_done,
            is_asked_again=n_rerun > 0,
        )
        self._rerun_sink = RerunSink(
            self._evaluations, asserted, own_gates, explaining, publisher, self._spool, board, self.all_done
        )
        eligibility = RerunEligibility(self._evaluations, history)
        rerun_gates = RerunGates(compared_gates, eligibility, n_rerun)
        self._rerun = RerunLoop(self._rerun_sink, rerun_gates, n_rerun, on_rerun) if n_rerun else None
        self._runner = resources.runner
        self._gc_threshold = gc.get_threshold()
        self.is_cut = False

    @property
    def is_partial(self) -> bool:
        """Whether not every sample of every task was asked for, or some gates of a task were left out, which
        might have failed; final when everything is done."""
        lacks_gates = any(each.lacks_gates for each in self._evaluations)
        return lacks_gates or any(each.unit.is_partial for each in self._evaluations.ready)

    @property
    def observations(self) -> Mapping[str, Observations]:
        """Evaluation id to the columns of what is done."""
        return self._evaluations.observations

    def start(self) -> None:
        """Begin; returns at once."""
        # What is kept until the end (a row for each response) need not be searched for garbage again and
        # again: at the default of 700 new objects that costs a tenth of a large session.
        gc.set_threshold(max(self._gc_threshold[0], _GC_THRESHOLD), *self._gc_threshold[1:])
        self._recorder.begin()
        units = [each.unit for each in self._evaluations.ready]
        self._runner.start(units, self._recorder, self._stopping, self._rerun)

    def restore_gc(self) -> None:
        """The rows are done with: look for garbage as often as before."""
        gc.set_threshold(*self._gc_threshold)

    def finish(self, *, is_interrupted: bool = False) -> None:
        """Stop what is in flight and close everything; what came is kept."""
        try:
            self._runner.stop(verdicts_s=_INTERRUPTED_VERDICTS_S if is_interrupted else _VERDICTS_S)
            self.is_cut = not self.all_done.is_set()
            if self.is_cut:
                self._rerun_sink.interrupt(is_stuck=self._recorder.is_concluding)
                self._recorder.interrupt()
        finally:
            self._spool.close()

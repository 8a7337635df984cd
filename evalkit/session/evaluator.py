"""The process that evaluates: its units, the runner, and all parts that results pass through."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.core.observations import Observations
from evalkit.core.quarantine import utc_day
from evalkit.session.asserted_samples import AssertedSamples
from evalkit.session.baseline import Baseline
from evalkit.session.budgets import put_in_order
from evalkit.session.evaluations import Evaluations
from evalkit.session.outcome import Board
from evalkit.session.own_gates import OwnGates
from evalkit.session.publisher import Publisher
from evalkit.session.recorder import ResultsRecorder
from evalkit.session.resources import Resources
from evalkit.session.sample_history import StoredHistory
from evalkit.session.units import PlannedUnit
from evalkit.session.unmatched_recordings import warn_of_unmatched
from evalkit.store.spool import Spool

if TYPE_CHECKING:
    from evalkit.session.family import Family
    from evalkit.session.rerun.loop import RerunLoop
    from evalkit.session.sequential.stopping import Stopping
    from evalkit.session.tournament.tournament import Tournament

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
        root = resources.subjects.root
        self._tournament: Tournament | None = None
        if options.tournament is not None:
            from evalkit.session.tournament.tournament import Tournament

            self._tournament = Tournament(planned, baseline, options.tournament)
            self._evaluations = Evaluations(
                planned, self._spool, root, options.store, self._tournament.record
            )
        else:
            self._evaluations = Evaluations(planned, self._spool, root, options.store)
        self._stopping: Stopping | None = None
        if options.is_sequential:
            from evalkit.session.sequential.stopping import Stopping

            self._stopping = Stopping(planned, baseline)
        if options.budget:
            put_in_order(planned)
        self.all_done = threading.Event()
        self._history = StoredHistory(options.store, resources.run_id)
        self._publisher = Publisher(self._spool, board)
        self._family = self._family_of(planned, baseline, options.store, is_needed=n_rerun > 0)
        asserted = AssertedSamples(board, self._history, utc_day(time.time()), is_holding=n_rerun > 0)
        own_gates = OwnGates(self._publisher, self._stopping, self._tournament)
        self._rerun: RerunLoop | None = None
        if n_rerun and self._family is not None:
            from evalkit.session.rerun.loop import open_loop

            self._rerun = open_loop(
                self._evaluations, self._family, asserted, own_gates, self._spool, board, self._history,
                self.all_done, n_rerun, on_rerun, resources.n_affordable,
            )  # fmt: skip
        self._recorder = ResultsRecorder(
            self._evaluations, asserted, own_gates, self._publisher, self._spool, self._on_last
        )
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
    def n_responses(self) -> int:
        """Responses that came."""
        return sum(each.unit.n_done for each in self._evaluations.ready)

    @property
    def observations(self) -> Mapping[str, Observations]:
        """Evaluation id to the columns of what is done."""
        return self._evaluations.observations

    def _family_of(
        self, planned: Sequence[PlannedUnit], baseline: Baseline, store: Path, *, is_needed: bool
    ) -> Family | None:
        """The gates that compare; None where there are none, and nothing of them is loaded."""
        if not is_needed and not any(gate.is_compared for each in planned for gate in each.gates):
            return None
        from evalkit.session.family import Family

        return Family.of(
            baseline, self._evaluations, self._history, store, self._publisher, self._stopping,
            self._tournament,
        )  # fmt: skip

    def _on_last(self) -> None:
        """With ``--llm-rerun`` what is asked again decides the rest."""
        if self._rerun is not None:
            return
        if self._tournament is not None:
            self._tournament.finish()
            self._evaluations.note_standings()
        if self._family is not None:
            self._family.decide()
        self.all_done.set()

    def start(self) -> None:
        """Begin; returns at once."""
        # What is kept until the end (a row for each response) need not be searched for garbage again and
        # again: at the default of 700 new objects that costs a tenth of a large session.
        gc.set_threshold(max(self._gc_threshold[0], _GC_THRESHOLD), *self._gc_threshold[1:])
        self._recorder.begin()
        units = [each.unit for each in self._evaluations.ready]
        self._runner.start(units, self._recorder, self._stopping or self._tournament, self._rerun)

    def restore_gc(self) -> None:
        """The rows are done with: look for garbage as often as before."""
        gc.set_threshold(*self._gc_threshold)

    def finish(self, *, is_interrupted: bool = False) -> None:
        """Stop what is in flight and close everything; what came is kept."""
        try:
            self._runner.stop(verdicts_s=_INTERRUPTED_VERDICTS_S if is_interrupted else _VERDICTS_S)
            self.is_cut = not self.all_done.is_set()
            if self.is_cut:
                if self._rerun is not None:
                    self._rerun.interrupt(is_stuck=self._recorder.is_concluding)
                if self._tournament is not None:
                    self._evaluations.note_standings()
                self._recorder.interrupt()
        finally:
            self._spool.close()

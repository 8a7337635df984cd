"""The process that evaluates: units, runner, recorder and spool put together."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence

from evalkit.core.quarantine import utc_day
from evalkit.session.baseline import Baseline
from evalkit.session.outcome import Board
from evalkit.session.recorder import ResultsRecorder
from evalkit.session.resources import Resources
from evalkit.session.sample_history import StoredHistory
from evalkit.session.sequential.stopping import Stopping
from evalkit.session.unit_plan import PlannedUnit
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
        self._units = [each.unit for each in planned if each.unit is not None]
        self._lacks_gates = any(each.lacks_gates for each in planned)
        self._spool = Spool.create(options.store, resources.run_id, resources.process)
        self._stopping = Stopping(planned, baseline) if options.is_sequential else None
        self.recorder = ResultsRecorder(
            planned,
            baseline,
            self._spool,
            board,
            StoredHistory(options.store, resources.run_id),
            utc_day(time.time()),
            options.store,
            self._stopping,
            n_rerun=n_rerun,
            on_rerun=on_rerun,
        )
        self._runner = resources.runner
        self._gc_threshold = gc.get_threshold()
        self.is_cut = False

    @property
    def is_partial(self) -> bool:
        """Whether not every sample of every task was asked for, or some gates of a task were left out, which
        might have failed; final when everything is done."""
        return self._lacks_gates or any(unit.is_partial for unit in self._units)

    def start(self) -> None:
        """Begin; returns at once."""
        # What is kept until the end (a row for each response) need not be searched for garbage again and
        # again: at the default of 700 new objects that costs a tenth of a large session.
        gc.set_threshold(max(self._gc_threshold[0], _GC_THRESHOLD), *self._gc_threshold[1:])
        self.recorder.begin()
        self._runner.start(self._units, self.recorder, self._stopping, self.recorder.rerun_loop)

    def restore_gc(self) -> None:
        """The rows are done with: look for garbage as often as before."""
        gc.set_threshold(*self._gc_threshold)

    def finish(self, *, is_interrupted: bool = False) -> None:
        """Stop what is in flight and close everything; what came is kept."""
        try:
            self._runner.stop(verdicts_s=_INTERRUPTED_VERDICTS_S if is_interrupted else _VERDICTS_S)
            self.is_cut = not self.recorder.all_done.is_set()
            if self.is_cut:
                self.recorder.interrupt()
        finally:
            self._spool.close()

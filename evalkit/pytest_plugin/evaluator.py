"""The process that evaluates: units, runner, judge and spool put together."""

from __future__ import annotations

import gc
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evalkit.core.quarantine import utc_day
from evalkit.core.subject import Subject
from evalkit.core.task import Task
from evalkit.pytest_plugin.earlier import EarlierAnswers
from evalkit.pytest_plugin.judge import Judge
from evalkit.pytest_plugin.stopping import Stopping
from evalkit.pytest_plugin.strangers import warn_of_strangers
from evalkit.pytest_plugin.unit_plan import UnitPlanner
from evalkit.pytest_plugin.wanted import Wanted
from evalkit.store.spool import Spool

if TYPE_CHECKING:
    from evalkit.pytest_plugin.session import EvalSession

#: New objects between two searches for cyclic garbage while a session evaluates.
_GC_THRESHOLD = 50_000

#: How long verdicts that are being computed are waited for at the end, in seconds.
_VERDICTS_S = 600.0
_INTERRUPTED_VERDICTS_S = 10.0


class Evaluator:
    """Evaluates what was selected, in a thread of its own, from ``start`` to ``finish``.

    Attributes:
        is_cut: known after ``finish``: not every item got its outcome, so no evaluation need be whole.
    """

    def __init__(
        self, session: EvalSession, wanted: Sequence[Wanted], also: Sequence[tuple[Task, Subject]]
    ) -> None:
        options = session.options
        planner = UnitPlanner(
            session.run_id,
            session.process,
            session.subjects,
            session.prepared,
            options.n_repeats,
            session.sandbox,
            is_order_random=options.is_sequential,
        )
        planned = planner.plan(wanted, also)
        warn_of_strangers(planned)
        self._units = [each.unit for each in planned if each.unit is not None]
        self._lacks_gates = any(each.lacks_gates for each in planned)
        self._spool = Spool.create(options.store, session.run_id, session.process)
        self._stopping = Stopping(planned, session.baseline) if options.is_sequential else None
        self.judge = Judge(
            planned,
            session.baseline,
            self._spool,
            session.board,
            EarlierAnswers(options.store, session.run_id),
            utc_day(time.time()),
            options.store,
            self._stopping,
            n_rerun=session.n_rerun,
            on_rerun=session.note_rerun_left,
        )
        self._runner = session.runner
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
        self.judge.begin()
        self._runner.start(self._units, self.judge, self._stopping, self.judge.second_pass)

    def restore_gc(self) -> None:
        """The rows are done with: look for garbage as often as before."""
        gc.set_threshold(*self._gc_threshold)

    def finish(self, *, is_interrupted: bool = False) -> None:
        """Stop what is in flight and close everything; what came is kept."""
        try:
            self._runner.stop(verdicts_s=_INTERRUPTED_VERDICTS_S if is_interrupted else _VERDICTS_S)
            self.is_cut = not self.judge.all_done.is_set()
            if self.is_cut:
                self.judge.interrupt()
        finally:
            self._spool.close()

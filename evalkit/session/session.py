"""One evaluation session of one process: it evaluates, or it follows the process that does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from evalkit.core.subject import Subject
from evalkit.core.task import Task
from evalkit.core.user_code import caught
from evalkit.errors import BatchPendingError, UsageError
from evalkit.metrics.cancellation import SessionWork
from evalkit.models.model import Model, ModelSettings
from evalkit.runner.scoring import describe
from evalkit.scorers.shared_sandbox import SharedSandbox
from evalkit.session.baseline import Baseline
from evalkit.session.budgets import refuse_unpriced
from evalkit.session.options import Options
from evalkit.session.outcome import Board, ItemOutcome
from evalkit.session.resources import Resources
from evalkit.session.subjects import open_subjects
from evalkit.session.task_book import TaskBook
from evalkit.session.unit_plan import UnitPlanner

if TYPE_CHECKING:
    from evalkit.session.direct_calls import DirectCalls
    from evalkit.session.evaluator import Evaluator
    from evalkit.session.item_spec import ItemSpec
    from evalkit.session.leadership import Leadership
    from evalkit.session.units import PlannedUnit

_POLL_S = 0.1


class EvalSession:
    """What one process evaluates, and the outcomes that its items wait for.

    Under ``pytest -n`` every worker has one of these, and ``leadership`` lets exactly one of them evaluate:
    one process keeps the limits of each model, and computes corpus metrics over whole tasks.

    Args:
        root: folder of the project.
        cwd: folder that relative paths of options and specs start at.
        run_id: the session's Run, the same in all its processes.
        process: this process's name, for its spool.
        leadership: None in a session without workers, where this process evaluates at once.
        on_wait: called again and again while an item waits.
        models: Models that the caller opened, by spec text.

    Attributes:
        problems: what could not be kept or told in time, known after ``finish``: the session is not green.
        notes: what else is told at the end, a line each, known after ``finish``.
    """

    def __init__(
        self,
        options: Options,
        root: Path,
        cwd: Path,
        run_id: str,
        *,
        process: str = "main",
        leadership: Leadership | None = None,
        on_wait: Callable[[], None] = lambda: None,
        models: Mapping[str, Model] = MappingProxyType({}),
    ) -> None:
        self.options = options
        self._leadership = leadership
        self._on_wait = on_wait
        settings = ModelSettings(is_offline=options.is_offline, base_dir=cwd)
        self.subjects = open_subjects(options.models, options.prompts, root, settings, models, options.store)
        refuse_unpriced(options.budget, self.subjects)
        if options.tournament is not None:
            from evalkit.session.tournament.entry import refuse_alone

            refuse_alone(self.subjects)
        if options.batch is not None:
            from evalkit.session.batches.lane import refuse_without_batches

            refuse_without_batches(self.subjects.models, has_budget=bool(options.budget))
        if self._are_keys_missing and not options.is_dry_run:
            from evalkit.session.keyless import refuse_without_cache

            refuse_without_cache(self.subjects.models.values(), options)
        self.tasks = TaskBook(options, root, cwd, self.subjects)
        self.resources = Resources(
            options, run_id, process, cwd, self.subjects, self.tasks, SharedSandbox(options.sandbox),
            leadership.budget_path if leadership is not None else None,
        )  # fmt: skip
        self._work = SessionWork()
        self.board = leadership.board if leadership else Board()
        self.evaluator: Evaluator | None = None
        self.baseline = Baseline(options.baseline, self.subjects, options.store)
        self._items: Sequence[ItemSpec] = ()
        self.problems: list[str] = []
        self.notes: list[str] = []

    @cached_property
    def direct_calls(self) -> DirectCalls:
        """What the ``llm`` fixture asks through."""
        from evalkit.session.direct_calls import DirectCalls  # for tests with the ``llm`` fixture alone

        return DirectCalls(self.resources)

    def begin(self, items: Sequence[ItemSpec]) -> None:
        """Start evaluating all that was selected, or start to follow. Raises UsageError on a double name."""
        _refuse_double_names(items)
        self.tasks.prompt_use.refuse_unused()
        self._items = items
        if self._leadership is None or self._leadership.try_take():
            self._evaluate()

    @property
    def _are_keys_missing(self) -> bool:
        return any(model.missing_key is not None for model in self.subjects.models.values())

    def planned(self, items: Sequence[ItemSpec]) -> list[PlannedUnit]:
        """What would be evaluated; nothing is begun. Raises UsageError on a double name."""
        _refuse_double_names(items)
        self.tasks.prompt_use.refuse_unused()
        return self._plan(items, items)

    def _plan(self, missing: Sequence[ItemSpec], items: Sequence[ItemSpec]) -> list[PlannedUnit]:
        """The units of what is missing of all ``items``. Raises UsageError where a tournament or a draw was
        asked for that cannot be."""
        units = self.planner().plan(missing, self._baseline_pairs(missing))
        if any(spec.name == "judge" for item in missing for spec in item.task.scorers):
            from evalkit.session.judged_units import with_judges  # for sessions with a judge

            units = with_judges(units, self.options.store)
        is_worker = self._leadership is not None
        if self.options.tournament is not None:
            from evalkit.session.tournament.entry import refuse_unfit

            return refuse_unfit(units, items, self.options.tournament, is_worker=is_worker)
        if self.options.control_variate is not None:
            from evalkit.session.control_variate.planning import draw_samples  # for sessions that ask a part

            return draw_samples(units, self.baseline, self.options, is_worker=is_worker)
        return units

    def _evaluate(self) -> None:
        from evalkit.session.evaluator import Evaluator

        if self.options.baseline is not None or self.options.samples:
            from evalkit.session.idle_options import idle_options  # for sessions that name one of them

            self.notes += idle_options(self.options, self._items, self.tasks)
        missing = [item for item in self._items if item.outcome_id not in self.board]
        units = self._plan(missing, self._items)
        if self._are_keys_missing:
            from evalkit.session.keyless import refuse_uncached

            is_worker = self._leadership is not None
            units = refuse_uncached(units, self.resources.cache, is_worker=is_worker)
        if self.resources.has_judges:
            self.resources.begin_judging(is_worker=self._leadership is not None)
        self.evaluator = Evaluator(
            self.resources, self.board, self.baseline, units, self.n_rerun, self._note_rerun_left
        )
        self._work.run(self.evaluator.start)

    def planner(self) -> UnitPlanner:
        """Makes units of Tasks and Subjects."""
        return UnitPlanner(
            self.resources.run_id,
            self.resources.process,
            self.subjects,
            self.tasks.prepared,
            self.options.n_repeats,
            self.resources.sandbox,
            self.resources.task_judges,
            order_seed=self.resources.order_seed,
        )

    @property
    def n_rerun(self) -> int:
        """Requests that are left of ``--llm-rerun``: a worker that died may have spent some."""
        n_spent = self._leadership.n_spent if self._leadership is not None else 0
        return max(0, self.options.n_rerun - n_spent)

    def _note_rerun_left(self, n_left: int) -> None:
        """Called before requests are spent."""
        if self._leadership is not None:
            self._leadership.note_spent(self.options.n_rerun - n_left)

    def _baseline_pairs(self, items: Sequence[ItemSpec]) -> list[tuple[Task, Subject]]:
        """Baseline Subjects that selected gates compare with."""
        if not self.baseline.is_subject:
            return []
        compared = [each for each in items if each.gate is not None and each.gate.is_compared]
        subjects = [(each.task, self.baseline.subject_for(each.subject)) for each in compared]
        return [(task, subject) for task, subject in subjects if subject is not None]

    def outcome(self, item: ItemSpec) -> ItemOutcome:
        """Wait for an item's outcome, taking over when the process that evaluates has died.

        Raises BatchPendingError where it will come in a later session.
        """
        while True:
            is_all_done = self.evaluator is not None and self.evaluator.all_done.is_set()
            pending = self._pending()
            outcome = self.board.get(item.outcome_id, _POLL_S)
            if outcome is not None:
                return outcome
            if is_all_done:
                return ItemOutcome("error", "everything was evaluated, and nothing was said of this")
            if pending is not None:
                raise BatchPendingError(pending)
            if self._has_failed():
                return ItemOutcome("error", f"the evaluation broke: {self.resources.runner.failure}")
            if self._is_stopping():
                return ItemOutcome("error", "the session was stopped before this was evaluated")
            self._on_wait()
            if self.evaluator is None and self._leadership is not None and self._leadership.try_take():
                self._evaluate()

    def passes(self, outcome: ItemOutcome) -> bool:
        """Whether an item's outcome leaves the session green, its quarantine aside. A gate without a baseline
        is held to ``missing_baseline``, but for the baseline that a session brings along: it has none."""
        if outcome.verdict == "recorded":
            return self.options.missing_baseline != "fail" or self.baseline.is_subject
        is_allowed = outcome.verdict == "undecided" and self.options.undecided == "pass"
        return outcome.verdict in ("pass", "dropped") or is_allowed

    @property
    def progress_text(self) -> str | None:
        """What is done so far, for people: responses, limits that hold calls up, metrics that take long."""
        if self.evaluator is None:
            return None
        lane, runner = self.resources.lane, self.resources.runner
        batches = lane.progress_text if lane is not None else ""
        judges = self.resources.judges.progress_text if self.resources.has_judges else ""
        parts = (runner.progress.text(), judges, *runner.limits.waiting, batches, self._work.text)
        return "  ".join(filter(None, parts))

    @property
    def batches_under_way(self) -> str | None:
        """What a session that was cut off leaves to the same command, a sentence; None where nothing is."""
        if self.evaluator is not None:
            lane = self.resources.lane
            return lane.under_way if lane is not None and self.evaluator.is_cut else None
        return self._leadership.pending if self._leadership is not None else None

    def finish(self, *, is_interrupted: bool) -> None:
        """End this process's part: wait for what others still need, or stop at once when interrupted.

        Never raises: what could not be kept is in ``problems``.
        """
        if self.evaluator is not None:
            if is_interrupted:
                self._work.stop()
            if self._leadership is not None and not is_interrupted:
                while not self.evaluator.all_done.wait(_POLL_S) and not self._is_over():
                    self._on_wait()
            finish = partial(self.evaluator.finish, is_interrupted=is_interrupted)
            self._attempt(partial(self._work.run, finish))
            self._leave_batches()
        self._attempt(self._stop_asking)
        if "direct_calls" in self.__dict__:
            self._attempt(self.direct_calls.close)
        self._attempt(self.resources.close)
        self.problems += self.board.contradictions()

    def _leave_batches(self) -> None:
        """Forget those that nothing is left of, and tell the others what is left to a later session."""
        lane, under_way = self.resources.lane, self.batches_under_way
        if lane is not None and self.evaluator is not None and not self.evaluator.is_cut:
            self._attempt(lane.settle)
        if under_way is not None and self._leadership is not None:
            self._leadership.note_pending(under_way)

    def _stop_asking(self) -> None:
        self.problems += self.resources.stop_asking()
        self.notes += self.resources.rejections

    def _attempt(self, step: Callable[[], None]) -> None:
        try:
            step()
        except BaseException as error:
            self.problems.append(describe(caught(error)))

    def _has_failed(self) -> bool:
        """Whether this process evaluates and cannot go on; the others are told."""
        if self.evaluator is None or self.resources.runner.failure is None:
            return False
        if self._leadership is not None:
            self._leadership.ask_to_stop()
        return True

    def _is_over(self) -> bool:
        return self._has_failed() or self._is_stopping() or self._pending() is not None

    def _pending(self) -> str | None:
        """Why what has no outcome yet gets none in this session, though nothing broke."""
        pending = self.resources.runner.pending if self.evaluator is not None else None
        if self._leadership is None:
            return pending
        if pending is not None:
            self._leadership.note_pending(pending)
        return pending or self._leadership.pending

    def forget(self) -> None:
        """Let go of all rows: pytest searches the heap for garbage ten times before it ends."""
        if self.evaluator is not None:
            self.evaluator.restore_gc()
        self.evaluator = None
        self.__dict__.pop("direct_calls", None)
        self.resources.forget()

    def _is_stopping(self) -> bool:
        return self._leadership is not None and self._leadership.is_stopping


def _refuse_double_names(items: Sequence[ItemSpec]) -> None:
    seen: dict[str, Task] = {}
    for item in items:
        first = seen.setdefault(item.task.task, item.task)
        if first is not item.task:
            raise UsageError(
                f"two tasks are called {item.task.task!r}: {first.source or 'a Python module'} and "
                f"{item.task.source or 'a Python module'}",
                hint="task names are keys of the store: rename one",
            )

"""One evaluation session of one process: it evaluates, or it follows the process that does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.core.gate import RegressionGate
from evalkit.core.sample import Sample
from evalkit.core.subject import Subject
from evalkit.core.task import DatasetSpec, Task
from evalkit.core.user_code import caught
from evalkit.datasets.load import load_rows
from evalkit.datasets.mirror import Mirror
from evalkit.errors import EvalkitError, TaskError, UsageError
from evalkit.files.border import told_as
from evalkit.metrics.long_work import allow_work, stop_work, work_text
from evalkit.models.model import ModelSettings
from evalkit.prompts.render import PromptRenderer
from evalkit.pytest_plugin.baseline import Baseline
from evalkit.pytest_plugin.direct_calls import DirectCalls
from evalkit.pytest_plugin.options import Options
from evalkit.pytest_plugin.outcome import Board, Outcome
from evalkit.pytest_plugin.prompt_use import PromptUse
from evalkit.pytest_plugin.subjects import open_subjects
from evalkit.pytest_plugin.unit_plan import prompt_of
from evalkit.runner.cache import ResponseCache
from evalkit.runner.prepared_task import NothingSelectedError, PreparedTask, prepare, where
from evalkit.runner.runner import Runner
from evalkit.runner.scoring import describe
from evalkit.runner.task_check import check_task, placed
from evalkit.runner.task_prompt import check_prompt, with_prompt
from evalkit.scorers.shared_sandbox import SharedSandbox

if TYPE_CHECKING:
    from evalkit.pytest_plugin.evaluator import Evaluator
    from evalkit.pytest_plugin.leadership import Leadership
    from evalkit.pytest_plugin.wanted import Wanted

_POLL_S = 0.1


class EvalSession:
    """Subjects, prepared tasks and outcomes of one process.

    Under ``pytest -n`` every worker has one of these, and ``leadership`` lets exactly one of them evaluate:
    one process keeps the limits of each model, and computes corpus metrics over whole tasks.

    Args:
        run_id: the session's Run, the same in all its processes.
        process: this process's name, for its spool.
        leadership: None in a session without workers, where this process evaluates at once.
        on_wait: called again and again while an item waits.

    Attributes:
        sandbox: where all tasks run code that a model wrote; opened when the first of them needs it.
        roots: folders that task files may name files in, beside their own and those of ``--llm-data``.
        problems: what could not be kept or told in time, known after ``finish``: the session is not green.
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
    ) -> None:
        self.options = options
        self.run_id = run_id
        self.process = process
        self.cwd = cwd
        self._leadership = leadership
        self._on_wait = on_wait
        self.roots = (root,)
        self._mirror = Mirror.open(options.data) if options.data else None
        self.settings = ModelSettings(is_offline=options.is_offline, base_dir=cwd)
        self.subjects = open_subjects(options.models, options.prompts, root, self.settings)
        self.board = leadership.board if leadership else Board()
        self.evaluator: Evaluator | None = None
        self.baseline = Baseline(options.baseline, self.subjects, options.store)
        self._prepared: dict[int, PreparedTask | EvalkitError] = {}
        self._whole: dict[int, tuple[Task, Task]] = {}
        self._subjects_of: dict[int, tuple[Task, tuple[Subject, ...]]] = {}
        self.prompt_use = PromptUse(self.subjects.prompts)
        self._wanted: Sequence[Wanted] = ()
        self.problems: list[str] = []
        self.sandbox = SharedSandbox(options.sandbox)

    @cached_property
    def cache(self) -> ResponseCache:
        """The response cache beside the store, opened when first needed."""
        return ResponseCache.open(self.options.store.parent / "cache", self.options.cache)

    @cached_property
    def runner(self) -> Runner:
        """The one loop of this process that asks Models."""
        return Runner(
            self.cache, n_concurrent=self.options.n_concurrent, is_adaptive=self.options.is_adaptive
        )

    @cached_property
    def direct_calls(self) -> DirectCalls:
        """What the ``llm`` fixture asks through."""
        return DirectCalls(self)

    def prepared(self, task: Task) -> PreparedTask:
        """The Task with its Samples, loaded once. Raises EvalkitError, the same one each time."""
        found = self._prepared.get(id(task))
        if found is None:
            try:
                with told_as(TaskError, where(task)):
                    if task.prompt is not None:
                        PromptRenderer(task.prompt, where=f"{where(task)}: prompt")
                    found = prepare(
                        task,
                        lambda spec: self._load_rows(task, spec),
                        limit=self.options.limit,
                        sample_ids=self.options.samples,
                    )
            except EvalkitError as error:
                found = error
            self._prepared[id(task)] = found
        if isinstance(found, EvalkitError):
            raise found
        return found

    def whole(self, task: Task) -> Task:
        """The Task with its prompt's text; the same one each time. Raises TaskError."""
        if id(task) not in self._whole:
            try:
                # The Task itself is kept beside it: nothing else may get its id.
                self._whole[id(task)] = task, with_prompt(task, *self._readable(task))
            except TaskError as error:
                raise placed(task, error) from None
        return self._whole[id(task)][1]

    def subjects_of(self, task: Task) -> tuple[Subject, ...]:
        """What is asked of a Task, tried out. Raises TaskError at the line of what cannot be."""
        if id(task) not in self._subjects_of:
            self._subjects_of[id(task)] = task, self._checked_subjects(task)
        return self._subjects_of[id(task)][1]

    def samples_at_collection(self, task: Task) -> Sequence[Sample]:
        """The Task's Samples; rows from the Hub are not loaded at collection and have no assertions."""
        assert isinstance(task.dataset, DatasetSpec)
        is_remote = task.dataset.path is not None and not self.options.samples
        return () if is_remote else self.prepared(task).samples

    def _checked_subjects(self, task: Task) -> tuple[Subject, ...]:
        try:
            samples = self.samples_at_collection(task)
        except NothingSelectedError:
            return ()
        check_task(task, samples)
        subjects, reasons = self.subjects.of_task(task, samples or self._rows_for_prompts(task))
        self.prompt_use.note(task.task, subjects, reasons)
        try:
            for subject in subjects:
                check_prompt(task, prompt_of(self.subjects, task, subject), samples)
        except TaskError as error:
            raise placed(task, error) from None
        return subjects

    def _rows_for_prompts(self, task: Task) -> Sequence[Sample]:
        """The rows of the Hub, where only they tell whether a prompt fits; a session without asks no Hub."""
        if not self.subjects.needs_rows(task):
            return ()
        try:
            return self.prepared(task).samples
        except EvalkitError:
            return ()  # which the run says of each item

    def _load_rows(self, task: Task, spec: DatasetSpec) -> Sequence[Mapping[str, Any]]:
        base_dir, roots = self._readable(task)
        return load_rows(
            spec, base_dir=base_dir, mirror=self._mirror, is_offline=self.options.is_offline, roots=roots
        )

    def _readable(self, task: Task) -> tuple[Path, Sequence[Path] | None]:
        """Where a task's files begin, and the folders that they may lie in, None for all: code may read
        what it likes, a task file only what lies in the project."""
        return (task.source.parent, self.roots) if task.source else (self.cwd, None)

    def begin(self, wanted: Sequence[Wanted]) -> None:
        """Start evaluating all that was selected, or start to follow. Raises UsageError on a double name."""
        _refuse_double_names(wanted)
        self.prompt_use.refuse_unused()
        self._wanted = wanted
        if self._leadership is None or self._leadership.try_take():
            self._evaluate()

    def _evaluate(self) -> None:
        from evalkit.pytest_plugin.evaluator import Evaluator

        missing = [item for item in self._wanted if item.outcome_id not in self.board]
        self.evaluator = Evaluator(self, missing, self._baseline_pairs(missing))
        self.evaluator.start()

    @property
    def n_rerun(self) -> int:
        """Requests that are left of ``--llm-rerun``: a worker that died may have spent some."""
        n_spent = self._leadership.n_spent if self._leadership is not None else 0
        return max(0, self.options.n_rerun - n_spent)

    def note_rerun_left(self, n_left: int) -> None:
        """Called before requests are spent."""
        if self._leadership is not None:
            self._leadership.note_spent(self.options.n_rerun - n_left)

    def _baseline_pairs(self, wanted: Sequence[Wanted]) -> list[tuple[Task, Subject]]:
        """Baseline Subjects that selected regression gates need."""
        if not self.baseline.is_subject:
            return []
        subjects = [(w.task, self.baseline.subject_for(w.subject)) for w in wanted if _is_regression(w)]
        return [(task, subject) for task, subject in subjects if subject is not None]

    def outcome(self, wanted: Wanted) -> Outcome:
        """Wait for an item's outcome, taking over when the process that evaluates has died."""
        while True:
            is_all_done = self.evaluator is not None and self.evaluator.judge.all_done.is_set()
            outcome = self.board.get(wanted.outcome_id, _POLL_S)
            if outcome is not None:
                return outcome
            if is_all_done:
                return Outcome("error", "everything was evaluated, and nothing was said of this")
            if self._has_failed():
                return Outcome("error", f"the evaluation broke: {self.runner.failure}")
            if self._is_stopping():
                return Outcome("error", "the session was stopped before this was evaluated")
            self._on_wait()
            if self.evaluator is None and self._leadership is not None and self._leadership.try_take():
                self._evaluate()

    @property
    def progress_text(self) -> str | None:
        """What is done so far, for people: responses, and metrics that compute for long."""
        if self.evaluator is None:
            return None
        return "  ".join(filter(None, (self.runner.progress.text(), work_text())))

    def finish(self, *, is_interrupted: bool) -> None:
        """End this process's part: wait for what others still need, or stop at once when interrupted.

        Never raises: what could not be kept is in ``problems``.
        """
        if self.evaluator is not None:
            if is_interrupted:
                stop_work()
            if self._leadership is not None and not is_interrupted:
                while not self.evaluator.judge.all_done.wait(_POLL_S) and not self._is_over():
                    self._on_wait()
            self._attempt(partial(self.evaluator.finish, is_interrupted=is_interrupted))
            allow_work()
        if "runner" in self.__dict__:
            self._attempt(self.runner.stop)
            self.problems += [self.runner.failure] if self.runner.failure else []
            self.problems += [f"this did not end: {what}" for what in self.runner.hanging]
        if "direct_calls" in self.__dict__:
            self._attempt(self.direct_calls.close)
        if "cache" in self.__dict__:
            self._attempt(self.cache.close)
        self._attempt(self.sandbox.close)
        self.problems += self.board.contradictions()

    def _attempt(self, step: Callable[[], None]) -> None:
        try:
            step()
        except BaseException as error:
            self.problems.append(describe(caught(error)))

    def _has_failed(self) -> bool:
        """Whether this process evaluates and cannot go on; the others are told."""
        if self.evaluator is None or self.runner.failure is None:
            return False
        if self._leadership is not None:
            self._leadership.ask_to_stop()
        return True

    def _is_over(self) -> bool:
        return self._has_failed() or self._is_stopping()

    def forget(self) -> None:
        """Let go of all rows: pytest searches the heap for garbage ten times before it ends."""
        if self.evaluator is not None:
            self.evaluator.restore_gc()
        self.evaluator = None
        self._prepared.clear()
        for name in ("runner", "direct_calls", "cache"):
            self.__dict__.pop(name, None)

    def _is_stopping(self) -> bool:
        return self._leadership is not None and self._leadership.is_stopping


def _is_regression(wanted: Wanted) -> bool:
    return isinstance(wanted.gate, RegressionGate)


def _refuse_double_names(wanted: Sequence[Wanted]) -> None:
    seen: dict[str, Task] = {}
    for item in wanted:
        first = seen.setdefault(item.task.task, item.task)
        if first is not item.task:
            raise UsageError(
                f"two tasks are called {item.task.task!r}: {first.source or 'a Python module'} and "
                f"{item.task.source or 'a Python module'}",
                mend="task names are keys of the store: rename one",
            )

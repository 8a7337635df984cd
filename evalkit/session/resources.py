"""What all parts of one process's session ask through: Models, the loop, the cache, the sandbox."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.cache.cache import ResponseCache
from evalkit.core.budget import BudgetRecord
from evalkit.runner.runner import Runner
from evalkit.scorers.shared_sandbox import SharedSandbox
from evalkit.session.budgets import order_seed
from evalkit.session.options import Options
from evalkit.session.subjects import Subjects
from evalkit.session.task_book import TaskBook
from evalkit.session.task_judges import TaskJudges

if TYPE_CHECKING:
    from evalkit.runner.budget.admission import Admission
    from evalkit.runner.budget.budget import Budget
    from evalkit.session.batches.lane import BatchLane
    from evalkit.session.judging.judges import SessionJudges


@dataclass
class Resources:
    """Opened when first needed, closed together.

    Attributes:
        run_id: the session's Run, the same in all its processes.
        process: this process's name, for its spool.
        cwd: folder that paths are shown from.
        sandbox: where all tasks run code that a model wrote.
        budget_path: the file in which the processes of a session share a budget; None in one without workers.
    """

    options: Options
    run_id: str
    process: str
    cwd: Path
    subjects: Subjects
    tasks: TaskBook
    sandbox: SharedSandbox
    budget_path: Path | None = None

    @cached_property
    def cache(self) -> ResponseCache:
        """The response cache beside the store."""
        return ResponseCache.open(self.options.store.parent / "cache", self.options.cache)

    @cached_property
    def runner(self) -> Runner:
        """The one loop of this process that asks Models."""
        return Runner(
            self.cache,
            n_concurrent=self.options.n_concurrent,
            is_adaptive=self.options.is_adaptive,
            prices=self.subjects.prices,
            admitting=self._admission(),
            lane=self.lane,
        )

    @cached_property
    def lane(self) -> BatchLane | None:
        """What asks by batch, where that was asked for."""
        options = self.options
        if options.batch is None:
            return None
        from evalkit.session.batches.lane import open_lane

        return open_lane(self.cache, options.store, options.batch, options.batch_failed, self.order_seed)

    @cached_property
    def judges(self) -> SessionJudges:
        """The judge Models that scorers ask."""
        from evalkit.session.judging.judges import open_judges  # where a task names one

        return open_judges(self.options, self.subjects, self.cwd, lambda: self.runner)

    @property
    def has_judges(self) -> bool:
        """Whether a scorer named a judge."""
        return "judges" in self.__dict__

    def begin_judging(self, *, is_worker: bool) -> None:
        """Before anything is asked. Raises MissingKeyError or ModelSpecError where a judge cannot be asked; a
        worker of pytest-xdist cannot end the session by that, and leaves it to the calls."""
        from evalkit.session.judging.judges import refuse_unfit

        if not is_worker:
            refuse_unfit(self.judges, self.subjects, self.options)
        self.judges.begin()

    def task_judges(self) -> TaskJudges:
        """What the scorers of one task reach judges by."""
        return TaskJudges(self.options.n_judge_repeats, lambda: self.judges)

    @cached_property
    def order_seed(self) -> str | None:
        """What orders the samples; None asks them as they stand."""
        return order_seed(self.options, self.run_id)

    def _admission(self) -> Admission | None:
        if self.budget is None:
            return None
        from evalkit.runner.budget.admission import Admission

        return Admission(self.budget, self.cache, self.subjects.prices)

    def n_affordable(self) -> int | None:
        """Requests that surely fit what is left of the budget; None where nothing bounds them."""
        return None if self.budget is None else self.budget.n_affordable

    @property
    def spent(self) -> BudgetRecord | None:
        """What all processes of the session spent; None where nothing is bound."""
        return None if self.budget is None else self.budget.record

    @cached_property
    def budget(self) -> Budget | None:
        """What the session may spend; None where nothing is bound."""
        if not self.options.budget:
            return None
        from evalkit.runner.budget.budget import Budget
        from evalkit.session.budget_ledger import SharedLedger

        ledger = None if self.budget_path is None else SharedLedger(self.budget_path)
        return Budget(self.options.budget, ledger)

    def stop_asking(self) -> list[str]:
        """Stop the loop; returns what went wrong in it, a line each."""
        if "runner" not in self.__dict__:
            return []
        self.runner.stop()
        failure = [self.runner.failure] if self.runner.failure else []
        return failure + [f"this did not end: {what}" for what in self.runner.hanging]

    @property
    def rejections(self) -> list[str]:
        """What limits of Models rejected, a line each."""
        return self.runner.limits.rejections if "runner" in self.__dict__ else []

    def close(self) -> None:
        """Close what was opened, each whatever comes of the other. Safe to call again."""
        with ExitStack() as closing:
            closing.callback(self.sandbox.close)
            if "cache" in self.__dict__:
                closing.callback(self.cache.close)

    def forget(self) -> None:
        """Let go of all rows: pytest searches the heap for garbage ten times before it ends."""
        self.tasks.forget_rows()
        for name in ("runner", "lane", "cache", "judges"):
            self.__dict__.pop(name, None)

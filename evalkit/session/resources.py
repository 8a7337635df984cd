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

if TYPE_CHECKING:
    from evalkit.runner.budget.admission import Admission
    from evalkit.runner.budget.budget import Budget
    from evalkit.session.batches.lane import BatchLane


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
        for name in ("runner", "lane", "cache"):
            self.__dict__.pop(name, None)

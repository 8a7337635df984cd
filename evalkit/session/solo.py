"""A session in one process, whoever started it: a Run is opened, evaluated, and closed with its report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from evalkit.models.model import Model
from evalkit.session.closing import Closing
from evalkit.session.item_spec import ItemSpec
from evalkit.session.options import Options
from evalkit.session.session import EvalSession


class SoloSession:
    """Evaluates, folds, reports.

    Args:
        root: folder of the project.
        cwd: folder that relative paths start at.
        argv: the command line, for the Run's row.
        on_wait: called again and again while an outcome is waited for.
        models: Models that the caller opened, by the spec text that ``options.models`` has them by.

    Attributes:
        is_cut: known after ``finish``: evaluations were cut off.
        is_pending: known after ``finish``: they were, and the same command later goes on where they were.
        n_responses: known after ``finish``: how many came.
    """

    def __init__(
        self,
        options: Options,
        root: Path,
        cwd: Path,
        argv: Sequence[str],
        *,
        on_wait: Callable[[], None] = lambda: None,
        models: Mapping[str, Model] | None = None,
    ) -> None:
        self.closing = Closing(options, root, cwd, argv)
        self.session = EvalSession(
            options, root, cwd, self.closing.run_id, on_wait=on_wait, models=models or {}
        )
        self.is_cut = self.is_pending = False
        self.n_responses = 0

    def begin(self, items: Sequence[ItemSpec]) -> None:
        """Start evaluating; returns at once."""
        self.closing.open_run()
        self.session.begin(items)

    def finish(self, *, is_interrupted: bool) -> None:
        """End the session. Never raises: what went wrong is in ``closing.summary_lines()``."""
        self.session.finish(is_interrupted=is_interrupted)
        evaluator = self.session.evaluator
        self.is_cut = evaluator is not None and evaluator.is_cut
        self.n_responses = 0 if evaluator is None else evaluator.n_responses
        under_way = self.session.batches_under_way
        self.is_pending = under_way is not None
        is_interrupted |= self.is_cut
        self.closing.close_run(
            is_interrupted=is_interrupted,
            is_partial=is_interrupted or (evaluator is not None and evaluator.is_partial),
            problems=self.session.problems,
            notes=self.session.notes,
            observations=evaluator.observations if evaluator is not None else {},
            under_way=under_way,
            budget=self.session.resources.spent,
        )
        self.session.forget()

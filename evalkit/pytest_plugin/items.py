"""Test items: one for each gate, for each asserted sample, or for the evaluation itself."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from evalkit.core.subject import Subject
from evalkit.core.task import Task
from evalkit.core.text import name_of
from evalkit.errors import BatchPendingError
from evalkit.pytest_plugin.tags import marks_of
from evalkit.session.item_plan import PlannedItem
from evalkit.session.item_spec import ItemSpec
from evalkit.session.outcome import ItemOutcome

if TYPE_CHECKING:
    from evalkit.session.session import EvalSession

#: What JUnit's property ``verdict`` says of a failure that its quarantine expects.
QUARANTINED = "quarantined"


#: How pytest counts, marks and calls a gate that had nothing to compare with, and one of a Subject that a
#: tournament put out.
_STATUSES = {"recorded": ("recorded", "r", "RECORDED"), "dropped": ("dropped", "d", "DROPPED")}


def status_of(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """The status of such a gate, where it did not fail; None for all others."""
    is_ours = report.when == "call" and report.passed
    return _STATUSES.get(str(dict(report.user_properties).get("verdict"))) if is_ours else None


class UndecidedWarning(pytest.PytestWarning):
    """A gate that could not be decided with this many samples; its text says how many would do."""


class VerdictError(Exception):
    """Carries an outcome that fails its item."""

    def __init__(self, outcome: ItemOutcome) -> None:
        super().__init__(outcome.detail)
        self.outcome = outcome


class EvalItem(pytest.Item):
    """Waits for its outcome and reports it.

    Attributes:
        line: of the task file, counted from 1, that asks for it: its gate's, its sample's, or the task's.
    """

    def __init__(
        self,
        *,
        eval_session: EvalSession,
        task: Task,
        subject: Subject,
        planned: PlannedItem,
        **keywords: Any,
    ) -> None:
        super().__init__(**keywords)
        self._eval_session = eval_session
        self.line = planned.line or 1
        self.spec = ItemSpec(self.nodeid, task, subject, planned.kind, planned.gate, planned.sample_id)
        marks = marks_of(self.config, task.tags)
        self._selecting_marks = marks.for_selection
        for mark in marks.plain:
            self.add_marker(mark)
        # What recipes of a conftest.py read of a test function.
        self.function = self.runtest
        self.fixturenames: list[str] = []

    def iter_markers_with_node(self, name: str | None = None) -> Iterator[tuple[Any, pytest.Mark]]:
        """Also the tags that are called as a mark of pytest's own, where all marks are asked for: by -m."""
        yield from super().iter_markers_with_node(name)
        if name is None:
            yield from ((self, mark) for mark in self._selecting_marks)

    @property
    def is_skipped(self) -> bool:
        """Whether a mark that a ``conftest.py`` added skips it, so that nobody waits for its outcome."""
        conditions = [
            condition
            for mark in self.iter_markers("skipif")
            for condition in mark.args or [mark.kwargs.get("condition")]
        ]
        are_met = (bool(each) for each in conditions if not isinstance(each, str))
        return self.get_closest_marker("skip") is not None or any(are_met)

    def runtest(self) -> None:
        try:
            outcome = self._eval_session.outcome(self.spec)
        except BatchPendingError as pending:
            pytest.skip(str(pending))
        verdict = QUARANTINED if outcome.is_quarantined else outcome.verdict
        shown = {"verdict": verdict, "detail": outcome.detail, **outcome.properties}
        for name, value in shown.items():
            self.user_properties.append((name, value))
        if outcome.verdict == "undecided" and self._eval_session.options.undecided == "pass":
            # At the task file, where the user looks; a module of its own, so that none is folded away.
            warnings.warn_explicit(
                UndecidedWarning(outcome.detail), None, str(self.path), self.line, self.nodeid
            )
        elif not self._eval_session.passes(outcome):
            if outcome.is_quarantined:
                pytest.xfail(outcome.detail)  # which --runxfail makes nothing of
            raise VerdictError(outcome)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, VerdictError):
            outcome = excinfo.value.outcome
            place = f"\n{self.nodeid.partition('::')[0]}:{self.line}" if self.spec.task.lines else ""
            strict = " (--llm-missing-baseline=fail)" if outcome.verdict == "recorded" else ""
            return f"{outcome.verdict}{strict}: {outcome.detail}{place}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        domain = f"{self.spec.task.task} [{self.spec.subject.label}] {self.name}"
        return self.path, self.line - 1, name_of(domain)

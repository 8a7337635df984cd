"""What this process does in the session: all of it, the main part of it, or a worker's part."""

from __future__ import annotations

import gc
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from evalkit.core.text import shown_path
from evalkit.errors import UsageError
from evalkit.pytest_plugin.options import read_options
from evalkit.pytest_plugin.progress_line import ProgressLine, ProgressThread
from evalkit.report.look import Look
from evalkit.session.closing import Closing
from evalkit.session.item_spec import ItemSpec
from evalkit.session.leadership import Leadership
from evalkit.session.options import Options
from evalkit.session.session import EvalSession
from evalkit.session.solo import SoloSession


def open_role(config: pytest.Config) -> Role:
    """Solo, Main or Worker, as the command line says; DryRun where nothing is asked."""
    options = read_options(config)
    worker_input = getattr(config, "workerinput", None)
    if worker_input is not None:
        return Worker(config, options, worker_input["evalkit"], worker_input["workerid"])
    if options.is_dry_run:
        return DryRun(config, options)
    if config.getoption("dist", "no") != "no" and not config.option.collectonly:
        return Main(config, options)
    return Solo(config, options)


class Role:
    """What all roles share. ``session`` is this process's evaluation session."""

    session: EvalSession

    def __init__(self, config: pytest.Config, options: Options) -> None:
        self._config = config
        self._options = options
        self._n_usage_errors = 0

    def header(self) -> str:
        labels = ", ".join(subject.label for subject in self.session.subjects.subjects)
        return f"evalkit: {labels}; store {shown_path(self._options.store, self.session.resources.cwd)}"

    @property
    def has_usage_errors(self) -> bool:
        """Whether a task file could not be read: the session ends with a usage error."""
        return self._n_usage_errors > 0

    def note_collection(self, report: pytest.CollectReport) -> None:
        if report.failed and ".eval.yaml" in report.nodeid:
            self._n_usage_errors += 1

    def begin(self, items: Sequence[ItemSpec]) -> None: ...

    def note_report(self, report: pytest.TestReport) -> None: ...

    def clear_progress(self) -> None: ...

    def note_worker(self, output: Mapping[str, Any]) -> None:
        """What a worker has to say at its end."""

    @property
    def has_lost_results(self) -> bool:
        """Whether something that came could not be kept: the session must not end green."""
        return False

    def worker_input(self) -> dict[str, Any]:
        raise UsageError("this process has no workers")

    #: Whether no test is run at all.
    is_dry = False

    #: Known after ``finish``: evaluations were cut off, whatever pytest makes of the session; and whether
    #: the same command later goes on where they were.
    is_cut = is_pending = False

    def finish(self, *, is_interrupted: bool) -> None: ...

    def summary_lines(self, look: Look) -> Iterable[str]:
        """As this reader sees them: a terminal may have them as they are."""
        return ()

    def host_commands(self) -> Sequence[str]:
        """Lines that the CI host obeys."""
        return ()


#: After so many responses what is left is not searched for garbage any more, by pytest and at the exit of the
#: process: that took a fiftieth of a large session.
_MANY_RESPONSES = 5_000


class Solo(Role):
    """The only process: evaluates, folds, reports."""

    #: Whether a session before, in this process, left what is not searched for garbage.
    _has_left_rest: ClassVar[bool] = False

    def __init__(self, config: pytest.Config, options: Options) -> None:
        super().__init__(config, options)
        if Solo._has_left_rest:
            gc.unfreeze()
            Solo._has_left_rest = False
        self._progress = ProgressLine(config, lambda: self.session.progress_text)
        self._solo = SoloSession(
            options,
            config.rootpath,
            config.invocation_params.dir,
            _argv(config),
            on_wait=self._progress.tick,
        )
        self.session = self._solo.session

    def begin(self, items: Sequence[ItemSpec]) -> None:
        self._solo.begin(items)

    def note_report(self, report: pytest.TestReport) -> None:
        _note(self._solo.closing, report)

    def clear_progress(self) -> None:
        self._progress.clear()

    def finish(self, *, is_interrupted: bool) -> None:
        self._solo.finish(is_interrupted=is_interrupted)
        self.is_cut, self.is_pending = self._solo.is_cut, self._solo.is_pending
        if self._solo.n_responses > _MANY_RESPONSES:
            gc.freeze()
            Solo._has_left_rest = True

    @property
    def has_lost_results(self) -> bool:
        return self._solo.closing.has_lost_results

    def summary_lines(self, look: Look) -> Iterable[str]:
        return self._solo.closing.summary_lines(look)

    def host_commands(self) -> Sequence[str]:
        return self._solo.closing.host_commands()


class DryRun(Role):
    """Asks nothing: says what a session would ask."""

    is_dry = True

    def __init__(self, config: pytest.Config, options: Options) -> None:
        super().__init__(config, options)
        if config.getoption("dist", "no") != "no":
            what = "--llm-dry-run asks nothing, and needs no workers"
            raise UsageError(what, hint="leave out -n, or add -n0")
        folder = config.invocation_params.dir
        self.session = EvalSession(options, config.rootpath, folder, "dry-run")
        self._lines: list[str] = []

    def begin(self, items: Sequence[ItemSpec]) -> None:
        from evalkit.session.dry_run.estimating import dry_run
        from evalkit.session.dry_run.table import dry_run_lines

        self._lines = dry_run_lines(dry_run(self.session, items))
        if self.session.tasks.prompt_use.is_asked_by_tests:
            self._lines.append("what tests ask through the llm fixture is known to them alone")

    def summary_lines(self, look: Look) -> Iterable[str]:
        return map(look.painted, self._lines)


class Main(Role):
    """The main process of a session with workers: owns the Run, shows progress, folds, reports."""

    def __init__(self, config: pytest.Config, options: Options) -> None:
        super().__init__(config, options)
        self._closing = Closing(options, config.rootpath, config.invocation_params.dir, _argv(config))
        self.session = EvalSession(
            options, config.rootpath, config.invocation_params.dir, self._closing.run_id
        )
        # Only now: a wrong option leaves neither a run nor a folder behind.
        self._closing.open_run()
        self._directory = Path(tempfile.mkdtemp(prefix="evalkit-"))
        self._leadership = Leadership(self._directory)
        self._n_failed = 0
        self._problems: list[str] = []
        self._notes: list[str] = []
        self._progress = ProgressThread(ProgressLine(config, self._leadership.progress))
        self._progress.start()

    def worker_input(self) -> dict[str, Any]:
        return {"run_id": self._closing.run_id, "directory": str(self._directory)}

    def note_worker(self, output: Mapping[str, Any]) -> None:
        self._problems += output.get("evalkit", ())
        self._notes += output.get("evalkit-notes", ())

    @property
    def has_lost_results(self) -> bool:
        return self._closing.has_lost_results

    def note_report(self, report: pytest.TestReport) -> None:
        _note(self._closing, report)
        self._n_failed += report.failed
        maxfail = self._config.getvalue("maxfail")
        if maxfail and self._n_failed >= maxfail:
            self._leadership.ask_to_stop()

    def finish(self, *, is_interrupted: bool) -> None:
        self._progress.stop()
        self.is_cut = not self._leadership.is_whole
        is_interrupted |= self.is_cut
        is_partial = self._leadership.is_partial or is_interrupted
        under_way = self._leadership.pending
        self.is_pending = under_way is not None
        self.session.resources.budget_path = self._leadership.budget_path
        self._closing.close_run(
            is_interrupted=is_interrupted,
            is_partial=is_partial,
            problems=self._problems,
            notes=self._notes,
            budget=self.session.resources.spent,
            under_way=under_way,
        )
        shutil.rmtree(self._directory, ignore_errors=True)

    def summary_lines(self, look: Look) -> Iterable[str]:
        return self._closing.summary_lines(look)

    def host_commands(self) -> Sequence[str]:
        return self._closing.host_commands()


class Worker(Role):
    """A worker: evaluates if it is the leader, else waits for the leader's outcomes."""

    def __init__(
        self, config: pytest.Config, options: Options, given: dict[str, str], worker_id: str
    ) -> None:
        super().__init__(config, options)
        self._leadership = Leadership(Path(given["directory"]))
        self.session = EvalSession(
            options,
            config.rootpath,
            config.invocation_params.dir,
            given["run_id"],
            process=worker_id,
            leadership=self._leadership,
            on_wait=self._tell_progress,
        )

    def begin(self, items: Sequence[ItemSpec]) -> None:
        self.session.begin(items)

    def _tell_progress(self) -> None:
        text = self.session.progress_text
        if text is not None:
            self._leadership.show_progress(text)

    def finish(self, *, is_interrupted: bool) -> None:
        if is_interrupted:  # by something in this process alone: nobody is to wait for the rest
            self._leadership.ask_to_stop()
        self.session.finish(is_interrupted=is_interrupted)
        evaluator = self.session.evaluator
        # Only now: a task may have stopped early.
        if evaluator is not None and evaluator.is_partial:
            self._leadership.note_partial()
        if evaluator is not None and not evaluator.is_cut:
            self._leadership.note_whole()
        output: dict[str, Any] = self._config.workeroutput  # type: ignore[attr-defined]
        output["evalkit"], output["evalkit-notes"] = self.session.problems, self.session.notes
        self.session.forget()


def _argv(config: pytest.Config) -> list[str]:
    return ["pytest", *map(str, config.invocation_params.args)]


def _note(closing: Closing, report: pytest.TestReport) -> None:
    """Tell the CI host's report of an item that was run."""
    if report.when == "call":
        told: dict[str, Any] = dict(report.user_properties)
        line = (report.location[1] or 0) + 1
        detail = str(told.get("detail", ""))
        closing.ci.note(report.nodeid, line, told.get("verdict"), detail, is_failed=report.failed)

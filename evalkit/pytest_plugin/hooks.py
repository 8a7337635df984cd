"""The hooks of an active session: each hands over to the part that knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.text import inert
from evalkit.errors import EvalkitError, UsageError
from evalkit.pytest_plugin.collection import EvalFile, TaskNode, tasks_of
from evalkit.pytest_plugin.items import EvalItem, status_of
from evalkit.pytest_plugin.llm_fixture import LlmFixture
from evalkit.pytest_plugin.options import SUFFIX
from evalkit.pytest_plugin.roles import Main, Role, Worker, open_role
from evalkit.pytest_plugin.shown_text import look_of_session, usage_error
from evalkit.session.outcome import PENDING

#: How pytest ends a session that was not cut off.
_ENDED = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)


class ActivePlugin:
    """Registered once a model is configured; ``role`` knows whether this is the only process, the main one
    of several, or a worker."""

    def __init__(self, role: Role) -> None:
        self._role = role
        self._ran: set[str] = set()
        self._has_failed = False

    @classmethod
    def create(cls, config: pytest.Config) -> ActivePlugin:
        """Raises pytest.UsageError, one line, for anything that the user can fix."""
        try:
            role = open_role(config)
        except EvalkitError as error:
            raise usage_error(error) from None
        except OSError as error:  # a full disk, a folder that nobody may write
            raise usage_error(UsageError(f"cannot begin: {error}")) from None
        config.pluginmanager.register(LlmFixture(role.session), "evalkit-llm")
        return cls(role)

    def pytest_report_header(self) -> str:
        return inert(self._role.header())

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        if not file_path.name.endswith(SUFFIX):
            return None
        return EvalFile.from_parent(parent, path=file_path, eval_session=self._role.session)

    def pytest_pycollect_makeitem(self, collector: pytest.Collector, name: str, obj: object) -> Any:
        if not isinstance(collector, pytest.Module):
            return None
        session = self._role.session
        return [
            TaskNode.from_parent(collector, name=node, task=task, eval_session=session)
            for node, task in tasks_of(collector, name, obj)
        ] or None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._role.note_collection(report)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if any("llm" in getattr(item, "fixturenames", ()) for item in session.items):
            self._role.session.tasks.prompt_use.is_asked_by_tests = True
        ours = [item for item in session.items if isinstance(item, EvalItem)]
        specs = [item.spec for item in ours if not item.is_skipped]
        if not session.config.option.collectonly and not self._role.has_usage_errors:
            try:
                self._role.begin(specs)
            except UsageError as error:
                raise usage_error(error) from None
            except OSError as error:
                raise usage_error(UsageError(f"cannot begin: {error}")) from None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> bool | None:
        return True if self._role.is_dry else None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        result = yield
        self._ran.add(item.nodeid)
        self._role.clear_progress()
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Gates about which nothing was decided are counted apart from those that passed."""
        return status_of(report)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._role.note_report(report)
        self._has_failed |= report.failed and "verdict" in dict(report.user_properties)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["evalkit"] = self._role.worker_input()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self._role.note_worker(getattr(node, "workeroutput", {}))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self._role.has_usage_errors:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        if self._role.is_dry:
            return
        was_cut = self._was_cut(session, exitstatus)
        self._role.finish(is_interrupted=was_cut)
        if session.exitstatus == pytest.ExitCode.OK:  # which pytest.exit(returncode=0) says of anything
            if self._role.has_lost_results or self._has_failed:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
            elif self._role.is_pending:
                session.exitstatus = PENDING
            elif self._role.is_cut or was_cut:  # nothing was shown, or some of our items did not show it
                session.exitstatus = pytest.ExitCode.INTERRUPTED
        elif session.exitstatus == pytest.ExitCode.INTERRUPTED and self._role.is_pending:
            session.exitstatus = PENDING

    def _was_cut(self, session: pytest.Session, exitstatus: int) -> bool:
        """Whether pytest ended the session before its end: ``-x``, ``--maxfail``, ``pytest.exit``, Ctrl-C, an
        exception of some plugin. The exit status alone does not tell: ``-x`` leaves that of a failed test."""
        if exitstatus not in _ENDED:
            return True
        if isinstance(self._role, Main | Worker):  # each runs a part of the items, or none
            return bool(session.shouldstop or session.shouldfail)
        return not self._ran.issuperset(_node_ids(session))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        lines = list(self._role.summary_lines(look_of_session(terminalreporter.config)))
        if lines:
            terminalreporter.write_sep("=", "evalkit")
        for line in lines:
            terminalreporter.write_line(line)
        for command in self._role.host_commands():
            terminalreporter.write_line(command)


def _node_ids(session: pytest.Session) -> Iterator[str]:
    """The items that were to be run."""
    if not session.config.option.collectonly:
        yield from (item.nodeid for item in getattr(session, "items", ()))

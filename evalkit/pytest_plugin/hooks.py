"""The hooks of an active session: each hands over to the part that knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import EvalkitError, UsageError
from evalkit.pytest_plugin.collection import EvalFile, TaskNode, tasks_of
from evalkit.pytest_plugin.items import EvalItem
from evalkit.pytest_plugin.llm_fixture import LlmFixture
from evalkit.pytest_plugin.options import SUFFIX
from evalkit.pytest_plugin.roles import Role, open_role


class ActivePlugin:
    """Registered once a model is configured; ``role`` knows whether this is the only process, the main one
    of several, or a worker."""

    def __init__(self, role: Role) -> None:
        self._role = role

    @classmethod
    def create(cls, config: pytest.Config) -> ActivePlugin:
        """Raises pytest.UsageError, one line, for anything that the user can mend."""
        try:
            role = open_role(config)
        except EvalkitError as error:
            raise pytest.UsageError(f"evalkit: {error}") from None
        config.pluginmanager.register(LlmFixture(role.session), "evalkit-llm")
        return cls(role)

    def pytest_report_header(self) -> str:
        return self._role.header()

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
            self._role.session.prompt_use.is_asked_by_tests = True
        ours = [item for item in session.items if isinstance(item, EvalItem)]
        wanted = [item.wanted for item in ours if not item.is_skipped]
        if not session.config.option.collectonly and not self._role.has_usage_errors:
            try:
                self._role.begin(wanted)
            except UsageError as error:
                raise pytest.UsageError(f"evalkit: {error}") from None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Iterator[None]:
        result = yield
        self._role.clear_progress()
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._role.note_report(report)

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
        self._role.finish(
            is_interrupted=exitstatus == pytest.ExitCode.INTERRUPTED or bool(session.shouldstop)
        )
        if self._role.has_lost_results and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        lines = self._role.summary_lines()
        if lines:
            terminalreporter.write_sep("=", "evalkit")
        for line in lines:
            terminalreporter.write_line(line)

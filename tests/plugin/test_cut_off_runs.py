"""A session that was cut off never says that it is whole, and nothing but a whole run is a baseline."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pytest

from evalkit.store.store import Store
from tests.story import Story

N = 12
GATED = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
gates: [{regression: {metric: accuracy, margin: 0.3}}]
"""
WAIT = """
import time, pathlib, pytest

def test_first():
    while not pathlib.Path("calls.txt").exists() or len(open("calls.txt").readlines()) < 6:
        time.sleep(0.005)
    {end}
"""
BROKEN = """
def pytest_runtest_logreport(report):
    if report.when == "call":
        raise RuntimeError("broken plugin")
"""
EXIT_WHEN_JUDGED = """
import pytest

def test_first(request):
    (plugin,) = [p for p in request.config.pluginmanager.get_plugins() if type(p).__name__ == "ActivePlugin"]
    assert plugin._role.session.evaluator.all_done.wait(30)
    pytest.exit("enough", returncode=0)
"""
ENDS = {
    "-x": ("-x", "assert False"),
    "--maxfail": ("--maxfail=1", "assert False"),
    "exit": ("-v", "pytest.exit('enough')"),
    "exit 0": ("-v", "pytest.exit('enough', returncode=0)"),
    "exit 1": ("-v", "pytest.exit('enough', returncode=1)"),
}


@pytest.fixture
def unfinished(story: Story, monkeypatch: pytest.MonkeyPatch) -> Story:
    """A suite whose model answers the first half and hangs."""
    monkeypatch.setenv("APP_HANGS_AT", "7")
    story.cases(N)
    story.write("suites/shout.eval.yaml", GATED)
    return story


def assert_cut(story: Story, status: str = "interrupted") -> None:
    (run,) = story.sql("SELECT status, is_partial FROM runs")
    assert run == {"status": status, "is_partial": True}
    assert story.sql("SELECT status FROM evaluations") == [{"status": "interrupted"}]
    assert story.sql("SELECT * FROM baselines") == []
    with Store.open(story.path / ".evalkit/results.duckdb") as store:
        assert store.latest_evaluations() == []


@pytest.mark.parametrize("how", ENDS)
def test_a_plain_test_that_ends_the_session_leaves_an_interrupted_run(unfinished: Story, how: str) -> None:
    option, end = ENDS[how]
    unfinished.write("suites/a/test_plain.py", WAIT.format(end=end))
    result = unfinished.run(option, "--llm-save-baseline=main")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["baseline: main was not moved: *interrupted*"])
    assert_cut(unfinished)


@pytest.mark.parametrize("end", ["assert False", "pytest.exit('enough')"], ids=["-x", "exit"])
def test_workers_that_are_ended_early_leave_an_interrupted_run(unfinished: Story, end: str) -> None:
    pytest.importorskip("xdist")
    unfinished.write("suites/a/test_plain.py", WAIT.format(end=end))
    with contextlib.suppress(KeyboardInterrupt):
        unfinished.run("-n", "2", "-x", "--llm-save-baseline=main")
    assert_cut(unfinished)


def test_ctrl_c_leaves_an_interrupted_run(unfinished: Story) -> None:
    unfinished.write("suites/a/test_plain.py", WAIT.format(end="raise KeyboardInterrupt"))
    with pytest.raises(KeyboardInterrupt):
        unfinished.run("--llm-save-baseline=main")
    assert_cut(unfinished)


def test_an_exception_of_another_plugin_leaves_an_interrupted_run(unfinished: Story) -> None:
    unfinished.write("suites/a/test_plain.py", WAIT.format(end="pass"))
    unfinished.write("conftest.py", BROKEN)
    unfinished.run("--llm-save-baseline=main")
    assert_cut(unfinished)


def test_a_handler_of_ctrl_c_that_breaks_leaves_an_interrupted_run(unfinished: Story) -> None:
    unfinished.write("suites/a/test_plain.py", WAIT.format(end="raise KeyboardInterrupt"))
    # As a second Ctrl-C does that comes while the first is dealt with.
    unfinished.write("conftest.py", "def pytest_keyboard_interrupt():\n    raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        unfinished.run("--llm-save-baseline=main")
    assert_cut(unfinished)


def test_a_session_that_fails_after_all_was_evaluated_is_finished(story: Story) -> None:
    story.write("suites/zz/test_plain.py", "def test_last():\n    assert False\n")
    story.run("-x").assert_outcomes(passed=1, failed=1)
    assert story.sql("SELECT status, is_partial FROM runs") == [{"status": "finished", "is_partial": False}]


def test_items_that_an_exit_with_status_0_leaves_out_are_not_green_although_all_was_judged(
    story: Story,
) -> None:
    story.write("suites/a/test_plain.py", EXIT_WHEN_JUDGED)
    assert story.run().ret == pytest.ExitCode.INTERRUPTED


def test_a_failed_item_before_an_exit_with_status_0_is_not_green(story: Story) -> None:
    story.write("suites/zz/test_plain.py", EXIT_WHEN_JUDGED)
    assert story.run(model="python:app:lower").ret == pytest.ExitCode.TESTS_FAILED


def test_a_store_that_is_deleted_while_the_session_runs_is_told(story: Story) -> None:
    story.run()
    story.write("suites/a/test_plain.py", "import os\ndef test_delete():\n"
                "    os.remove('.evalkit/results.duckdb')\n")  # fmt: skip
    result = story.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*the store was deleted or replaced while this session ran*"])


def test_a_spool_that_is_deleted_while_the_session_runs_is_told(story: Story) -> None:
    story.write("suites/zz/test_plain.py", "import shutil\ndef test_delete():\n"
                "    shutil.rmtree('.evalkit')\n")  # fmt: skip
    result = story.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*results are missing from the store: *deleted*"])


def test_a_store_that_is_overwritten_while_the_session_runs_is_told(story: Story) -> None:
    story.write("suites/zz/test_plain.py", "def test_overwrite():\n"
                "    open('.evalkit/results.duckdb', 'w').write('gone' * 9_000)\n")  # fmt: skip
    result = story.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*the results are kept*results.duckdb.spool*"])


def test_a_store_that_is_replaced_by_another_one_is_told(story: Story, tmp_path: Path) -> None:
    story.run()
    with Store.open(tmp_path / "empty.duckdb", mode="write"):
        pass
    shutil.copy(tmp_path / "empty.duckdb", story.path / "other.duckdb")
    story.write("suites/zz/test_plain.py", "import shutil\ndef test_overwrite():\n"
                "    shutil.copyfile('other.duckdb', '.evalkit/results.duckdb')\n")  # fmt: skip
    result = story.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*the store was deleted or replaced while this session ran*"])

"""Nothing is lost when a session dies, is interrupted, or loses a worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.java_programs import stand_in
from tests.story import APP, TASK, Story

CAPTIONS = """
task: a/captions
samples: [{input: dog.jpg, target: [a dog runs]}]
metrics: [meteor]
"""

N = 200
MODEL = "python:app:answer?revision=1"
N_IN_FLIGHT = 4


def _begin(story: Story, n: int = N, *options: str) -> subprocess.Popen[str]:
    story.cases(n)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "suites",
        f"--llm-model={MODEL}",
        f"--llm-concurrency={N_IN_FLIGHT}",
        *options,
    ]
    return subprocess.Popen(
        command,
        cwd=story.path,
        env={**os.environ, "APP_SLEEP_S": "0.02"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _wait_for_calls(story: Story, n: int) -> None:
    deadline = time.monotonic() + 60
    while len(story.calls()) < n:
        assert time.monotonic() < deadline, f"only {len(story.calls())} calls came"
        time.sleep(0.01)


def test_after_kill_9_the_same_command_repeats_at_most_the_calls_in_flight(story: Story) -> None:
    process = _begin(story)
    _wait_for_calls(story, N // 2)
    process.kill()
    process.communicate()
    n_before = len(story.calls())
    assert n_before < N
    story.run(f"--llm-concurrency={N_IN_FLIGHT}", model=MODEL).assert_outcomes(passed=1)
    repeated = [text for text, n in Counter(story.calls()).items() if n > 1]
    assert len(set(story.calls())) == N
    assert len(repeated) <= N_IN_FLIGHT


def test_a_killed_session_is_in_the_store_as_crashed_with_its_responses(story: Story) -> None:
    process = _begin(story, 4 * N)
    _wait_for_calls(story, N // 2)
    time.sleep(1.1)
    process.kill()
    process.communicate()
    (run,) = story.sql("SELECT status FROM runs")
    assert run["status"] == "crashed"
    (count,) = story.sql("SELECT count(*) AS n FROM responses")
    assert count["n"] >= N // 2 - N_IN_FLIGHT


def test_ctrl_c_leaves_a_valid_store_and_a_report_of_what_was_done(story: Story) -> None:
    process = _begin(story)
    _wait_for_calls(story, N // 2)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2, output
    (run,) = story.sql("SELECT run_id, status, is_partial FROM runs")
    assert (run["status"], run["is_partial"]) == ("interrupted", True)
    (count,) = story.sql("SELECT count(*) AS n FROM responses")
    assert N // 2 - N_IN_FLIGHT <= count["n"] < N
    assert story.sql("SELECT status FROM evaluations") == [{"status": "interrupted"}]
    report = story.path / "reports" / f"{run['run_id']}.html"
    assert "interrupted" in report.read_text(encoding="utf-8")


def test_ctrl_c_ends_the_java_of_a_metric(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pycocoevalcap")
    waits = "open(starts, 'w').write(str(os.getpid())); sys.stdin.read()"
    starts = stand_in(tmp_path / "java", monkeypatch, waits)
    story.write("suites/a.eval.yaml", CAPTIONS)
    story.write("r.jsonl", '{"sample_id": "0", "output": "a dog"}')
    command = [sys.executable, "-m", "pytest", "suites", "--llm-model=replay:r.jsonl"]
    process = subprocess.Popen(
        command, cwd=story.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    while not starts.exists() or not starts.read_text().isdigit():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2, output
    assert "meteor: captions aligned: stopped before it was done" in output
    with pytest.raises(ProcessLookupError):
        os.kill(int(starts.read_text()), 0)


def test_another_worker_takes_over_when_the_evaluating_one_dies(story: Story) -> None:
    pytest.importorskip("xdist")
    story.write(
        "suites/test_killer.py",
        "import os, pathlib, signal, time\n"
        "def test_kill_the_one_that_evaluates():\n"
        "    time.sleep(1)\n"
        "    marker = pathlib.Path('killed')\n"
        "    if not marker.exists():\n"
        "        marker.touch()\n"
        "        leader = int(pathlib.Path('leader.pid').read_text())\n"
        "        os.kill(leader, signal.SIGKILL)\n",
    )
    story.write("app.py", _APP_WITH_PID)
    story.cases(100)
    result = story.run("-n", "2", "--llm-concurrency=2", model=MODEL)
    assert (story.path / "killed").exists()
    text = result.stdout.str()
    assert "crashed" in text
    assert story.sql("SELECT count(*) AS n FROM evaluations WHERE status = 'finished'") == [{"n": 1}]
    assert max(Counter(story.calls()).values()) <= 2


_APP_WITH_PID = """
import os, time

def answer(text):
    with open("leader.pid", "w") as file:
        file.write(str(os.getpid()))
    with open("calls.txt", "a") as file:
        file.write(text + "\\n")
    time.sleep(0.05)
    return text.upper()
"""


def test_a_callable_that_hangs_does_not_keep_the_session_from_ending(story: Story) -> None:
    story.write("app.py", APP.replace("time.sleep(float", "time.sleep(3600 + float"))
    process = _begin(story, 2)
    _wait_for_calls(story, 2)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2, output


_FULL_DISK = """
import resource

def pytest_collection_finish(session):
    # No file may grow beyond this: to the writer that is a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["plain", "workers"])
def test_a_disk_that_fills_up_ends_the_session_with_the_reason(
    story: Story, workers: tuple[str, ...]
) -> None:
    story.write("conftest.py", _FULL_DISK)
    story.write("app.py", "def answer(text):\n    return 'long ' * 2_000\n")
    story.write("suites/shout.eval.yaml", TASK.replace("accuracy >= 0.5", "error_rate <= 0"))
    result = story.run(*workers, "--llm-cache=off", timeout_s=60)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*results are missing from the store: *cannot write results*"])
    assert "INTERNALERROR" not in result.stdout.str()


def test_a_sequential_session_goes_on_where_ctrl_c_ended_it(story: Story) -> None:
    story.write("suites/shout.eval.yaml", TASK.replace("0.5", "0.9"))
    process = _begin(story, 400, "--llm-sequential")
    _wait_for_calls(story, 20)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    n_before = len(story.calls())
    story.run("--llm-sequential", f"--llm-concurrency={N_IN_FLIGHT}", model=MODEL).assert_outcomes(passed=1)
    repeated = [text for text, n in Counter(story.calls()).items() if n > 1]
    assert n_before < len(story.calls()) < 200
    assert len(repeated) <= N_IN_FLIGHT
    assert story.sql("SELECT verdict FROM verdicts") == [{"verdict": "pass"}]

"""Nothing is lost when a session dies, is interrupted, or loses a worker."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.invocation import heed_ctrl_c, pytest_command
from tests.java_programs import stand_in
from tests.story import TASK, Story

CAPTIONS = """
task: a/captions
samples: [{input: dog.jpg, target: [a dog runs]}]
metrics: [meteor]
"""

N = 200
MODEL = "python:app:answer?revision=1"
N_IN_FLIGHT = 4
#: How long anything may take on a machine that has other work, in seconds.
_PATIENCE_S = 300.0


def _begin(story: Story, *options: str, n: int = N, **app: int) -> subprocess.Popen[str]:
    """A session of its own; ``app`` are the application's settings, of which it reads those of ``APP``."""
    story.cases(n)
    command = [
        *pytest_command(),
        "suites",
        f"--llm-model={MODEL}",
        f"--llm-concurrency={N_IN_FLIGHT}",
        *options,
    ]
    return subprocess.Popen(
        command,
        cwd=story.path,
        env={**os.environ, **{name.upper(): str(value) for name, value in app.items()}},
        preexec_fn=heed_ctrl_c,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _wait_for(seen: Callable[[], int], n: int) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while (n_seen := seen()) < n:
        assert time.monotonic() < deadline, f"only {n_seen} of {n} came"
        time.sleep(0.01)


def _wait_for_calls(story: Story, n: int) -> None:
    _wait_for(lambda: len(story.calls()), n)


def _ended(process: subprocess.Popen[str]) -> str:
    """What the session printed, once it has ended."""
    output, _ = process.communicate(timeout=_PATIENCE_S)
    return output


def test_after_kill_9_the_same_command_repeats_at_most_the_calls_in_flight(story: Story) -> None:
    process = _begin(story, app_hangs_at=N // 2)
    _wait_for(lambda: _n_cached(story), N // 2 - 1)
    process.kill()
    process.communicate()
    assert len(story.calls()) < N
    story.run(f"--llm-concurrency={N_IN_FLIGHT}", model=MODEL).assert_outcomes(passed=1)
    repeated = [text for text, n in Counter(story.calls()).items() if n > 1]
    assert len(set(story.calls())) == N
    assert len(repeated) <= N_IN_FLIGHT


def test_a_killed_session_is_in_the_store_as_crashed_with_its_responses(story: Story) -> None:
    process = _begin(story, app_hangs_at=N // 2)
    _wait_for(lambda: _n_spooled(story), N // 2 - 1)
    process.kill()
    process.communicate()
    (run,) = story.sql("SELECT status FROM runs")
    assert run["status"] == "crashed"
    (count,) = story.sql("SELECT count(*) AS n FROM responses")
    assert count["n"] == N // 2 - 1


def _n_cached(story: Story) -> int:
    """Responses that are in the cache while a session goes on."""
    uri = f"{(story.path / '.evalkit/cache/responses.sqlite').as_uri()}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as cache:
            return int(cache.execute("SELECT count(*) FROM responses").fetchone()[0])
    except sqlite3.OperationalError:  # Not made yet, or just being made.
        return 0


def _n_spooled(story: Story) -> int:
    """Responses that a session has handed to the operating system while it goes on."""
    files = (story.path / ".evalkit/results.duckdb.spool").glob("*/*.jsonl")
    return sum(file.read_bytes().count(b'\n["responses",') for file in files)


def test_ctrl_c_leaves_a_valid_store_and_a_report_of_what_was_done(story: Story) -> None:
    process = _begin(story, app_hangs_at=N // 2)
    _wait_for_calls(story, N // 2)
    process.send_signal(signal.SIGINT)
    output = _ended(process)
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
    command = [*pytest_command(), "suites", "--llm-model=replay:r.jsonl"]
    process = subprocess.Popen(
        command,
        cwd=story.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=heed_ctrl_c,
    )
    while not starts.exists() or not starts.read_text().isdigit():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    output = _ended(process)
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
        "    deadline = time.monotonic() + 300\n"
        "    while not pathlib.Path('leader').exists():\n"
        "        assert time.monotonic() < deadline\n"
        "        time.sleep(0.01)\n"
        "    leader = int(pathlib.Path('leader').read_text())\n"
        "    os.kill(leader, signal.SIGKILL)\n",
    )
    story.write("app.py", _APP_WITH_PID)
    story.cases(100)
    result = story.run("-n", "2", "--llm-concurrency=2", model=MODEL)
    assert "crashed" in result.stdout.str()
    assert (story.path / "leader").exists()
    assert story.sql("SELECT count(*) AS n FROM evaluations WHERE status = 'finished'") == [{"n": 1}]
    assert max(Counter(story.calls()).values()) <= 2
    # What the dead one began stays cut off, so that the run is not a baseline.
    assert story.sql("SELECT status, is_partial FROM runs") == [{"status": "finished", "is_partial": True}]


#: Half way it says in which process it is asked, and hangs; in the next process it does not.
_APP_WITH_PID = """
import itertools, os, time

numbers = itertools.count(1)

def answer(text):
    with open("calls.txt", "a") as file:
        file.write(text + "\\n")
    if next(numbers) == 50 and not os.path.exists("leader"):
        with open("leader.new", "w") as file:
            file.write(str(os.getpid()))
        os.rename("leader.new", "leader")
        time.sleep(3600)
    return text.upper()
"""


def test_a_callable_that_hangs_does_not_keep_the_session_from_ending(story: Story) -> None:
    process = _begin(story, n=2, app_hangs_at=1)
    _wait_for_calls(story, 2)
    process.send_signal(signal.SIGINT)
    output = _ended(process)
    assert process.returncode == 2, output


_STUCK = """
import asyncio, threading, time

async def answer(text):
    if text != "word 0":
        await asyncio.to_thread(time.sleep, 3600)
    return text

def judge(output):
    open("calls.txt", "w").write("judging")
    threading.Event().wait()
"""


#: A session waits so long for what hangs; the test has not that much time.
_IMPATIENT = """
from evalkit.runner.runner import Runner
from evalkit.session import evaluator

evaluator._INTERRUPTED_VERDICTS_S = 1.0
Runner.stop.__defaults__ = (1.0,)
"""


def test_ctrl_c_ends_a_session_whose_scorer_and_model_hang_and_says_where(story: Story) -> None:
    story.write("app.py", _STUCK)
    story.write(
        "suites/shout.eval.yaml", TASK.replace("metrics: [accuracy]", "scorers: [{python: 'app:judge'}]")
    )
    story.write("conftest.py", _IMPATIENT)
    process = _begin(story, n=3)
    _wait_for_calls(story, 1)
    process.send_signal(signal.SIGINT)
    output = _ended(process)
    assert process.returncode == 2, output
    assert "this did not end" in output
    assert "app.py:11 in judge" in " ".join(output.split())


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
    result = story.run(*workers, "--llm-cache=off", timeout_s=_PATIENCE_S)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*results are missing from the store: *cannot write results*"])
    assert "INTERNALERROR" not in result.stdout.str()


def test_a_sequential_session_goes_on_where_ctrl_c_ended_it(story: Story) -> None:
    story.write("suites/shout.eval.yaml", TASK.replace("0.5", "0.9"))
    process = _begin(story, "--llm-sequential", n=400, app_hangs_at=20)
    _wait_for_calls(story, 20)
    process.send_signal(signal.SIGINT)
    _ended(process)
    n_before = len(story.calls())
    story.run("--llm-sequential", f"--llm-concurrency={N_IN_FLIGHT}", model=MODEL).assert_outcomes(passed=1)
    repeated = [text for text, n in Counter(story.calls()).items() if n > 1]
    assert n_before < len(story.calls()) < 200
    assert len(repeated) <= N_IN_FLIGHT
    assert story.sql("SELECT verdict FROM verdicts") == [{"verdict": "pass"}]

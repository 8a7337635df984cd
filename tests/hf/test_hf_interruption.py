"""A session that is killed or interrupted while torch computes leaves a valid store."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.invocation import environment, heed_ctrl_c, pytest_command
from tests.story import Story

TASK = """
task: long/answers
dataset: {file: cases.jsonl}
prompt: "Tell me about {{ input }}."
generate: {max_tokens: 200}
scorers: [exact_match]
gates: [accuracy >= 0]
"""
N = 400
_PATIENCE_S = 600.0


def begun(story: Story, tiny: Path) -> subprocess.Popen[str]:
    """A session in which some answers have come, and most have not."""
    story.write("suites/shout.eval.yaml", TASK)
    story.cases(N)
    command = [*pytest_command(), "suites", f"--llm-model=hf/{tiny}?device=cpu&batch=4", "--llm-offline"]
    process = subprocess.Popen(
        command,
        cwd=story.path,
        env=environment(),
        preexec_fn=heed_ctrl_c,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + _PATIENCE_S
    while n_spooled(story) < 8:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


def n_spooled(story: Story) -> int:
    files = (story.path / ".evalkit/results.duckdb.spool").glob("*/*.jsonl")
    return sum(file.read_bytes().count(b'\n["responses",') for file in files)


@pytest.mark.parametrize(
    ("sent", "status"), [(signal.SIGKILL, "crashed"), (signal.SIGINT, "interrupted")], ids=["kill", "ctrl-c"]
)
def test_what_came_is_in_the_store(sent: signal.Signals, status: str, tiny: Path, story: Story) -> None:
    process = begun(story, tiny)
    process.send_signal(sent)
    output, _ = process.communicate(timeout=_PATIENCE_S)
    (run,) = story.sql("SELECT status FROM runs")
    assert run["status"] == status, output
    (count,) = story.sql("SELECT count(*) AS n, count(error) AS n_errors FROM responses")
    assert 8 <= count["n"] < N
    assert count["n_errors"] == 0
    assert "Traceback" not in output
    if sent == signal.SIGINT:
        assert process.returncode == 2, output
        assert "has not closed" not in output

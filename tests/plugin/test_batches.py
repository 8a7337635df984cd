"""``--llm-batch``: a session hands in, and the same command collects, whichever door it came by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

import evalkit
from evalkit.api.progress import ProgressBar
from evalkit.cli import main
from evalkit.errors import BatchPendingError
from evalkit.session.outcome import PENDING
from tests.batch_server import BatchServer, batches_beside
from tests.story import Story
from tests.unit.session.batches.lanes import PRICES, failing_for

#: As many samples as a story has.
N = 10
REGRESSION = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
gates:
  - regression: {metric: accuracy, margin: 0.05}
"""


@pytest.fixture
def server() -> Iterator[BatchServer]:
    """A batch ends at the second look: not in the session that handed it in, where that does not wait."""
    with batches_beside(BatchServer(n_looks=2)) as serving:
        yield serving


def model(server: BatchServer, name: str = "gpt-x") -> str:
    return f"openai/{name}?base_url={server.base_url}{PRICES}"


def by_command(server: BatchServer, *options: str) -> int:
    return main(["run", "suites", f"--model={model(server)}", "--report=off", "--quiet", *options])


def made(server: BatchServer) -> list[dict[str, Any]]:
    """All batches, in the order in which they came."""
    return list(server.batches.values())


def n_asked(server: BatchServer) -> int:
    assert set(server.asked.values()) <= {1}
    return len(server.asked)


def test_a_session_that_submits_decides_nothing_and_the_same_command_collects(
    story: Story, server: BatchServer
) -> None:
    first = story.run("--llm-batch=submit", model=model(server))
    assert first.ret == PENDING
    first.assert_outcomes(skipped=1)
    first.stdout.fnmatch_lines(["*1 batch of 10 requests (0 done) under way; collect with the same command*"])
    second = story.run("--llm-batch=submit", model=model(server))
    assert second.ret == 0
    second.assert_outcomes(passed=1)
    assert n_asked(server) == N
    kept = story.sql("SELECT DISTINCT is_batched, latency_s, cost_usd, output FROM responses ORDER BY output")
    assert [row["output"] for row in kept] == [f"WORD {i}" for i in range(N)]
    assert {(row["is_batched"], row["latency_s"], row["cost_usd"]) for row in kept} == {(True, None, 0.001)}


def test_workers_hand_in_once_and_end_with_the_same_status(story: Story, server: BatchServer) -> None:
    result = story.run("-n2", "--llm-batch=submit", model=model(server))
    assert result.ret == PENDING
    result.stdout.fnmatch_lines(["*under way; collect with the same command*"])
    assert n_asked(server) == N


def test_the_command_line_waits_unless_it_is_told_not_to(
    story: Story, server: BatchServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert by_command(server, "--batch=submit") == PENDING
    assert "collect with the same command" in capsys.readouterr().out
    assert by_command(server, "--batch") == 0
    assert n_asked(server) == N


def test_python_raises_what_is_left_and_collects_at_the_next_call(story: Story, server: BatchServer) -> None:
    def evaluate() -> Any:
        return evalkit.evaluate("suites", model(server), batch="submit", progress=False)

    with pytest.raises(BatchPendingError, match="collect with the same command"):
        evaluate()
    assert evaluate().is_passed
    assert n_asked(server) == N


def test_without_a_cache_a_second_model_that_is_slower_has_no_answer_asked_again(
    story: Story, server: BatchServer
) -> None:
    """The batch of the first model ended, and its answers were in a session that decided nothing."""
    models = [f"--model={model(server, name)}" for name in ("gpt-x", "gpt-y")]
    command = ["run", "suites", *models, "--report=off", "--quiet", "--cache=off", "--batch=submit"]
    assert main(command) == PENDING
    server.looks.update({next(iter(server.batches)): 2})
    server.looks.subtract({list(server.batches)[1]: 1})
    assert main(command) == PENDING
    assert main(command) == 0
    assert n_asked(server) == 2 * N


def test_what_failed_in_a_batch_is_asked_live_where_that_is_allowed(
    story: Story, server: BatchServer
) -> None:
    server.n_looks, server.ends, server.n_answered = 1, "expired", 6
    assert by_command(server, "--batch", "--batch-failed=live") == 0
    assert server.live == 4
    (row,) = story.sql(
        """SELECT count(*) FILTER (is_batched AND latency_s IS NULL AND cost_usd = 0.001) AS n_batched,
           count(*) FILTER (is_batched IS NULL AND latency_s > 0 AND cost_usd = 0.002) AS n_live
           FROM responses"""
    )
    assert row == {"n_batched": 6, "n_live": 4}


def test_what_failed_in_a_batch_is_an_error_and_handed_in_by_the_next_command(
    story: Story, server: BatchServer
) -> None:
    server.n_looks, server.answer = 1, failing_for("word 3")
    assert by_command(server, "--batch") == 1
    server.answer = BatchServer().answer
    assert by_command(server, "--batch") == 0
    assert sorted(server.asked.values()) == [1] * (N - 1) + [2]


def test_looks_come_between_batches_and_end_the_asking(story: Story, server: BatchServer) -> None:
    server.n_looks = 1
    story.cases(400)
    assert by_command(server, "--batch", "--sequential") == 0
    assert [batch["request_counts"]["total"] for batch in server.batches.values()] == [100]
    (row,) = story.sql("SELECT verdict FROM verdicts")
    assert row == {"verdict": "pass"}
    # All that was paid for is kept.
    assert story.sql("SELECT count(*) AS n FROM responses") == [{"n": 100}]
    assert story.sql("SELECT value FROM metrics WHERE metric = 'saved_calls'") == [{"value": 300.0}]


def test_a_sequential_session_that_submits_is_collected_in_its_own_order(
    story: Story, server: BatchServer
) -> None:
    story.cases(400)
    assert by_command(server, "--batch=submit", "--sequential") == PENDING
    assert by_command(server, "--batch=submit", "--sequential") == 0
    assert n_asked(server) == 100


def test_a_model_without_batches_is_refused_before_anything_is_asked(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "suites", "--model=python:app:answer", "--batch"]) == 4
    assert "python:app:answer cannot be asked by batch" in capsys.readouterr().err
    assert story.calls() == []


def test_an_interrupted_session_leaves_its_batch_to_the_same_command(
    story: Story, server: BatchServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def press_ctrl_c(self: ProgressBar) -> None:
        if server.looks:
            raise KeyboardInterrupt

    server.n_looks = None
    with monkeypatch.context() as patch:
        patch.setattr(ProgressBar, "tick", press_ctrl_c)
        assert by_command(server, "--batch") == PENDING
    assert "collect with the same command" in capsys.readouterr().out
    server.n_looks = 1
    assert by_command(server, "--batch") == 0
    assert n_asked(server) == N


def test_models_that_are_compared_take_turns_batch_by_batch(story: Story, server: BatchServer) -> None:
    """Each waits for the other between batches, so that neither pays for samples that no look will need."""
    server.n_looks = 1
    story.write("suites/shout.eval.yaml", REGRESSION)
    story.cases(40)
    base, other = model(server), model(server, "gpt-y")
    command = ["run", "suites", f"--model={base}", f"--model={other}", f"--baseline=subject:{base}"]
    assert main([*command, "--report=off", "--quiet", "--batch", "--sequential"]) == 0
    asked = [orjson.loads(server.files[each["input_file_id"]].splitlines()[0]) for each in made(server)]
    turns = [each["body"]["model"] for each in asked]
    assert [len(set(turns[i : i + 2])) for i in range(0, len(turns), 2)] == [2] * (len(turns) // 2)
    assert {each["request_counts"]["total"] for each in made(server)} == {10}


def test_a_budget_is_refused_as_no_batch_can_keep_it(
    story: Story, server: BatchServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert by_command(server, "--batch", "--max-requests=5") == 4
    assert "a budget cannot be combined with a batch" in capsys.readouterr().err
    assert server.calls == []

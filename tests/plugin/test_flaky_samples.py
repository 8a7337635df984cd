"""Stories of golden samples that fail by themselves, and of quarantine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evalkit.store.store import Store
from tests.story import Story

#: Answers right to everything but ``coin``, which fails on every call that the test lists.
APP = """
import os
calls = 0

def answer(text):
    global calls
    calls += 1
    return "tails" if text == "coin" and str(calls) in os.environ.get("FAILS", "").split() else text
"""

TODAY = datetime.now(UTC).date()


@pytest.fixture
def golden(story: Story) -> Story:
    story.write("toss.py", APP)
    story.write("suites/shout.eval.yaml", "task: golden\ndataset: {file: cases.jsonl}\n")
    samples(story)
    return story


def samples(story: Story, **of_coin: Any) -> None:
    story.rows([{"id": "coin", "input": "coin", "assert": [{"contains": "coin"}], **of_coin},
                {"id": "sure", "input": "sure", "assert": [{"contains": "sure"}]}])  # fmt: skip


def run(story: Story, monkeypatch: pytest.MonkeyPatch, fails: str, *args: str) -> pytest.RunResult:
    import sys

    sys.modules.pop("toss", None)
    monkeypatch.setenv("FAILS", fails)
    return story.run(*args, "--llm-concurrency=1", model="python:toss:answer")


def detail(story: Story) -> str:
    (row,) = story.sql("SELECT detail FROM verdicts JOIN evaluations USING (evaluation_id) "
                       "JOIN runs USING (run_id) ORDER BY started_at DESC LIMIT 1")  # fmt: skip
    return str(row["detail"])


def test_a_failing_sample_tells_how_often_it_failed_before(
    golden: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(golden, monkeypatch, "").assert_outcomes(passed=2)
    first = run(golden, monkeypatch, "1")
    first.assert_outcomes(passed=1, failed=1)
    first.stdout.fnmatch_lines(["*before: held in the one earlier answer of the same model, prompt and *"])
    samples(golden)
    golden.write("suites/cases.jsonl", (golden.path / "suites/cases.jsonl").read_text()
                 + '{"id": "new", "input": "new", "assert": [{"contains": "new"}]}\n')  # fmt: skip
    second = run(golden, monkeypatch, "1")
    second.assert_outcomes(passed=2, failed=1)
    second.stdout.fnmatch_lines(["*before: also failed in 1 of 2 earlier answers of the same model, prompt "
                                 "and sample: 50 % [[]9 %, 91 %]"])  # fmt: skip
    second.stdout.fnmatch_lines(["Flaky and quarantined samples", "  coin *67 % [[]21 %, 94 %] of 3 answers"])


def test_repeats_that_disagree_make_a_sample_flaky_with_its_rate(
    golden: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(golden, monkeypatch, "2", "--llm-repeats=3")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*sample coin is flaky, failed in 1 of 3 repeats (33 % [[]6 %, 79 %])*"])


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["plain", "n1"])
def test_a_failure_in_quarantine_is_expected_until_the_day_is_over(
    golden: Story, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    samples(golden, quarantine={"until": str(TODAY + timedelta(days=1)), "reason": "index is rebuilt"})
    result = run(golden, monkeypatch, "1", "-rx", *workers)
    result.assert_outcomes(passed=1, xfailed=1)
    assert result.ret == 0
    result.stdout.fnmatch_lines([f"*in quarantine until {TODAY + timedelta(days=1)} (index is rebuilt): *"])
    assert detail(golden) == "1 of 2 samples hold, 1 failed in quarantine"
    (metric,) = golden.sql("SELECT value FROM metrics WHERE metric = 'mean:asserts'")
    assert metric["value"] == 0.5


def test_after_its_day_a_quarantined_failure_fails_and_says_when_it_ended(
    golden: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = TODAY - timedelta(days=1)
    task = (golden.path / "suites/shout.eval.yaml").read_text()
    golden.write(
        "suites/shout.eval.yaml", f"{task}quarantine: [{{sample: coin, until: {day}, reason: old}}]\n"
    )
    result = run(golden, monkeypatch, "1")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([f"*the quarantine ended on {day} (old): fix the sample*"])
    (page,) = [each.read_text() for each in (golden.path / "reports").glob("2*.html")]
    assert "Flaky and quarantined samples" in page
    assert f"ended {day}" in page


def test_quarantine_changes_neither_hash(golden: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    run(golden, monkeypatch, "")
    samples(golden, quarantine={"until": "2030-01-01"})
    run(golden, monkeypatch, "")
    with Store.open(golden.path / ".evalkit/results.duckdb") as store:
        hashes = store.connection.execute(
            "SELECT DISTINCT task_hash, dataset_hash, sample_hash FROM evaluations JOIN responses "
            "USING (evaluation_id) WHERE sample_id = 'coin'"
        ).fetchall()
    assert len(hashes) == 1


def test_a_regression_that_fails_says_how_many_samples_change_by_themselves(
    golden: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    golden.write("suites/shout.eval.yaml",
                 "task: sums\ndataset: {file: cases.jsonl}\nscorers: [exact_match]\n"
                 "gates: [{regression: {metric: accuracy}}]\n")  # fmt: skip
    golden.rows([{"id": "coin", "input": "coin", "target": "coin"},
                 *({"id": f"c{i}", "input": f"w{i}", "target": f"w{i}"} for i in range(39))])  # fmt: skip
    for fails in ("1", ""):
        assert run(golden, monkeypatch, fails, "--llm-save-baseline=main").parseoutcomes() == {"recorded": 1}
    golden.write("worse.py", "def answer(text):\n    return text if text > 'w15' else '?'\n")
    result = golden.run("--llm-baseline=main", model="python:worse:answer")
    result.assert_outcomes(failed=1)
    (row,) = golden.sql("SELECT detail, comparison FROM verdicts WHERE verdict = 'fail'")
    assert "About 1 of the 9 samples that changed would have changed by themselves" in row["detail"]
    assert '"source":"history"' in row["comparison"]

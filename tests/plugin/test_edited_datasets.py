"""A dataset that grew or was edited is compared over what stayed, and nothing passes that was not shown."""

from __future__ import annotations

import pytest

from tests.story import Story

REGRESSION = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
gates:
  - regression: {metric: accuracy, margin: 0.2}
"""
MARKED = """
def answer(text):
    return text.upper()

def with_sample(text, sample):
    return text.upper()
"""


@pytest.fixture
def suite(story: Story) -> Story:
    story.write("suites/shout.eval.yaml", REGRESSION)
    story.write("app.py", MARKED)
    story.rows(rows(60))
    return story


def rows(n: int, **more: str) -> list[dict[str, str]]:
    return [
        {"id": f"c{i}", "input": f"word {i}", "target": f"WORD {i}", "note": "old", **more} for i in range(n)
    ]


def last(story: Story) -> tuple[str, str]:
    (row,) = story.sql("SELECT verdict, detail FROM verdicts ORDER BY rowid DESC LIMIT 1")
    return row["verdict"], row["detail"]


def test_samples_that_were_added_edited_and_dropped_are_named(suite: Story) -> None:
    suite.run("--llm-save-baseline=main")
    edited = rows(62)[1:]
    edited[0]["target"] = "something else"
    suite.rows(edited)
    suite.run("--llm-baseline=main")
    verdict, detail = last(suite)
    assert verdict == "pass"
    assert detail.endswith(
        "On 58 of 62 samples: 2 added (c60, c61), 1 edited in target (c1), 1 dropped (c0)."
    )


def test_a_column_that_nothing_reads_may_change(suite: Story) -> None:
    suite.run("--llm-save-baseline=main")
    suite.rows(rows(60, note="new"))
    suite.run("--llm-baseline=main")
    assert last(suite)[0] == "pass"
    assert suite.sql("SELECT count(DISTINCT dataset_hash) AS n FROM evaluations") == [{"n": 1}]


def test_an_application_that_gets_the_sample_reads_every_column(suite: Story) -> None:
    model = "python:app:with_sample"
    suite.run("--llm-save-baseline=main", model=model)
    suite.rows(rows(60, note="new"))
    suite.run("--llm-baseline=main", model=model)
    verdict, detail = last(suite)
    assert verdict == "error"
    assert "60 edited in another field of the row" in detail


def test_looks_before_the_end_are_at_the_samples_that_stayed(suite: Story) -> None:
    suite.write("suites/shout.eval.yaml", REGRESSION)
    suite.rows(rows(300))
    suite.run("--llm-save-baseline=main")
    suite.rows([*rows(300)[30:], {"id": "new", "input": "x", "target": "X"}])
    result = suite.run("--llm-baseline=main", "--llm-sequential")
    verdict, detail = last(suite)
    assert verdict == "pass"
    assert "On 270 of 301 samples: 1 added (new), 30 dropped (c0, c1, c2, …). Stopped after" in detail
    assert "stopped early" in result.stdout.str()


@pytest.mark.parametrize("options", [(), ("--llm-sequential",)], ids=["whole", "looks"])
def test_a_limited_run_is_not_said_to_be_no_worse(suite: Story, options: tuple[str, ...]) -> None:
    suite.run("--llm-save-baseline=main")
    suite.run("--llm-baseline=main", "--llm-limit=40", *options)
    verdict, detail = last(suite)
    assert verdict == "undecided"
    assert "The candidate is not whole: 40 of 60 samples were asked." in detail


def test_two_prompts_over_one_recording_are_not_compared(suite: Story) -> None:
    answers = [{"sample_id": f"c{i}", "output": f"WORD {i}"} for i in range(60)]
    suite.rows(answers, "r.jsonl")
    suite.write("a.jinja", "{{ input }}")
    suite.write("b.jinja", "Please: {{ input }}")
    prompts = ("--llm-prompt=a=a.jinja", "--llm-prompt=b=b.jinja", "--llm-baseline=subject:a")
    for options in ((), ("--llm-sequential",)):
        suite.run(*prompts, *options, model="replay:r.jsonl")
        verdict, detail = last(suite)
        assert verdict == "undecided"
        assert "depend neither on the prompt nor on the day" in detail


@pytest.mark.parametrize("options", [(), ("--llm-baseline=main",)], ids=["recorded", "compared"])
def test_too_many_errors_break_every_gate_of_the_task(suite: Story, options: tuple[str, ...]) -> None:
    suite.write("suites/shout.eval.yaml", REGRESSION + "  - latency_p95_s <= 60\n  - error_rate <= 1\n")
    suite.write("app.py", "def answer(text):\n    raise ValueError('gone')\n")
    result = suite.run("--llm-save-baseline=main", *options)
    result.assert_outcomes(failed=3)
    assert suite.sql("SELECT DISTINCT verdict FROM verdicts") == [{"verdict": "error"}]
    assert suite.sql("SELECT * FROM baselines") == []

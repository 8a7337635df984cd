"""A budget that runs out: what is left is undecided, and the run is partial."""

from __future__ import annotations

import json

import pytest

from tests.story import APP, Story

N = 100
TASK = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
gates:
  - accuracy >= 0.5
  - regression: {metric: accuracy, margin: 0.3}
"""
SMALL = """
task: small
dataset: {file: small.jsonl}
metrics: [accuracy]
"""
ASSERTED = """
task: golden
samples:
  - {id: good, input: a, assert: [{contains: A}]}
  - {id: also, input: b, assert: [{contains: B}]}
  - {id: left, input: c, assert: [{contains: C}]}
  - {id: more, input: d, assert: [{contains: D}]}
"""
#: Wrong on every input.
MODELS = """
def never(text):
    answer(text)
    return "?"

def same(text):
    return answer(text)
"""
BY_HAND = """
def test_asks(llm):
    assert llm.generate("one").output == "ONE"

def test_asks_more(llm):
    assert llm.generate("two").output == "TWO"
"""
BOTH = ("--llm-model=python:app:never", "--llm-baseline=subject:python:app:answer")


@pytest.fixture
def shop(story: Story) -> Story:
    """Two tasks of 100 and 50 samples."""
    story.write("app.py", APP + MODELS)
    story.write("suites/shout.eval.yaml", TASK)
    story.write("suites/small.eval.yaml", SMALL)
    story.cases(N)
    story.rows(
        [{"id": f"s{i}", "input": f"term {i}", "target": f"TERM {i}"} for i in range(50)],
        "suites/small.jsonl",
    )
    return story


def n_asked(story: Story) -> dict[tuple[str, str], set[str]]:
    rows = story.sql(
        "SELECT task, model, list(sample_id) ids FROM evaluations JOIN subjects USING (subject_id) "
        "LEFT JOIN responses USING (evaluation_id) GROUP BY ALL"
    )
    return {(row["task"], row["model"]): set(row["ids"]) for row in rows}


def test_a_budget_that_runs_out_at_40_percent_leaves_the_rest_undecided(shop: Story) -> None:
    pages = ("--junit-xml=junit.xml", "--llm-report=report.html")
    result = shop.run("--llm-max-requests=60", "--llm-save-baseline=main", *pages)
    assert result.ret == 0
    assert len(shop.calls()) == 60
    verdicts = shop.sql(
        "SELECT task, gate, verdict, coalesce(is_recorded, false) AS first "
        "FROM verdicts JOIN evaluations USING (evaluation_id) ORDER BY ALL"
    )
    assert [(row["task"], row["gate"], row["verdict"], row["first"]) for row in verdicts] == [
        ("shout", "accuracy >= 0.5", "undecided", False),
        ("shout", "regression(accuracy)", "undecided", True),
        ("small", "evaluated", "undecided", False),
    ]
    output = result.stdout.str()
    assert "asked 40 of 100 samples: the budget was spent" in output
    assert "asked 20 of 50 samples: the budget was spent" in output
    assert "budget: 60 of 60 requests; spent, 90 of 150 samples were not asked" in output
    assert "baseline: main was not moved" in output
    (run,) = shop.sql("SELECT status, is_partial, budget FROM runs")
    assert (run["status"], run["is_partial"]) == ("finished", True)
    assert json.loads(run["budget"])["spent_by"] == "max_requests"
    assert "The budget of the session was spent" in (shop.path / "junit.xml").read_text()
    assert "Its budget was spent: 60 of 60 requests" in (shop.path / "report.html").read_text()


def test_undecided_gates_fail_the_session_where_it_says_so(shop: Story) -> None:
    assert shop.run("--llm-max-requests=60", "--llm-undecided=fail", "--llm-report=off").ret == 1


def test_pairs_are_left_and_a_drop_that_they_show_is_a_drop(shop: Story) -> None:
    result = shop.run(*BOTH, "--llm-max-requests=120", "--llm-report=off", "--llm-concurrency=3")
    asked = n_asked(shop)
    for task, n in (("shout", 40), ("small", 20)):
        assert len(asked[task, "python:app:answer"]) == n
        assert asked[task, "python:app:answer"] == asked[task, "python:app:never"]
    (row,) = shop.sql(
        "SELECT verdict, detail FROM verdicts WHERE gate LIKE 'regression%' AND verdict != 'undecided'"
    )
    assert row["verdict"] == "fail"
    assert "on 40 paired samples" in row["detail"]
    assert "40 of 100 samples were asked, then the budget of the session was spent" in row["detail"]
    assert result.ret == 1


def test_a_candidate_that_is_no_worse_does_not_pass_over_what_is_missing(shop: Story) -> None:
    shop.run(
        "--llm-model=python:app:same", "--llm-baseline=subject:python:app:answer", "--llm-max-requests=120"
    )
    words = {row["verdict"] for row in shop.sql("SELECT verdict FROM verdicts")}
    assert words == {"undecided"}


def test_where_nothing_could_be_asked_nothing_failed(shop: Story) -> None:
    result = shop.run(*BOTH, "--llm-max-requests=1", "--llm-report=off")
    assert result.ret == 0
    assert not shop.calls()
    assert {row["verdict"] for row in shop.sql("SELECT verdict FROM verdicts")} == {"undecided"}


def test_a_later_session_goes_on_where_the_budget_ended(shop: Story) -> None:
    model = "python:app:answer?revision=1"
    for _ in range(2):
        shop.run("--llm-max-requests=60", "--llm-report=off", model=model)
    assert [n for (_, _), n in sorted((key, len(ids)) for key, ids in n_asked(shop).items())] == [80, 40]
    result = shop.run("--llm-max-requests=60", "--llm-report=off", model=model)
    assert "budget: 30 of 60 requests" in result.stdout.str()
    assert [row["is_partial"] for row in shop.sql("SELECT is_partial FROM runs ORDER BY started_at")] == [
        True, True, False,
    ]  # fmt: skip


def test_an_asserted_sample_that_nobody_asked_is_undecided(story: Story) -> None:
    story.write("suites/shout.eval.yaml", ASSERTED)
    result = story.run("--llm-max-requests=2", "--llm-report=off")
    result.assert_outcomes(passed=4)
    (row,) = story.sql("SELECT verdict, detail FROM verdicts")
    assert row["verdict"] == "undecided"
    assert row["detail"] == "2 of 4 samples hold, 2 not asked: the budget of the session was spent"


def test_workers_share_one_budget_with_tests_that_ask_by_hand(story: Story) -> None:
    story.write("suites/test_hand.py", BY_HAND)
    story.cases(20)
    result = story.run("-n2", "--llm-max-requests=9", "--llm-report=off", "--llm-cache=off")
    assert len(story.calls()) == 9
    assert "budget: 9 of 9 requests; spent" in result.stdout.str()
    assert result.ret == 0


def test_a_test_that_may_not_ask_any_more_is_skipped(story: Story) -> None:
    story.write("suites/test_hand.py", BY_HAND)
    result = story.run("suites/test_hand.py", "--llm-max-requests=1", "--llm-report=off")
    result.assert_outcomes(passed=1, skipped=1)
    (run,) = story.sql("SELECT is_partial FROM runs")
    assert run["is_partial"]


def test_a_cost_that_nobody_knows_is_an_error_before_the_first_call(story: Story) -> None:
    result = story.run("--llm-max-cost=1", "--llm-report=off")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*cost of python:app:answer is unknown*input_usd_per_mtok=*"])
    assert not story.calls()
    assert not (story.path / ".evalkit/results.duckdb.spool").exists()


def test_further_answers_keep_to_the_budget(shop: Story) -> None:
    shop.run("--llm-max-requests=152", "--llm-rerun=100", "--llm-report=off", *BOTH, "--llm-limit=30")
    assert len(shop.calls()) <= 152


def test_a_dry_run_asks_and_stores_nothing(shop: Story) -> None:
    result = shop.run("--llm-dry-run", "--llm-max-requests=60", "--llm-repeats=2")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "shout  python:app:answer      100    200       0     ~*",
            "total*300*",
            "budget of 60 requests: enough for 20% at the least*",
            "nothing was asked, and nothing stored",
        ]
    )
    assert not shop.calls()
    assert not (shop.path / ".evalkit").exists()

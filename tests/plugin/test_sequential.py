"""``--llm-sequential``: a task stops as soon as its gates are decided, and says what that saved."""

from __future__ import annotations

import pytest

import evalkit
from evalkit.runner.ask_order import ask_order
from evalkit.session.sequential import stopping
from tests.story import APP, Story

ABSOLUTE = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
gates: [accuracy >= 0.7]
"""
REGRESSION = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
gates:
  - regression: {metric: accuracy, margin: 0.05}
"""
#: Right on four of five samples; wrong on all; a failed call for one sample in fifty.
MODELS = """
def mostly(text):
    answer(text)
    return text.upper() if int(text.split()[1]) % 5 else "?"

def never(text):
    answer(text)
    return "?"

def slow(text):
    time.sleep(0.002)
    return never(text)

def shaky(text):
    if int(text.split()[1]) % 50 == 0:
        raise ValueError("no answer")
    return answer(text)

def broken(text):
    if int(text.split()[1]) % 5 == 0:
        raise ValueError("no answer")
    return answer(text)
"""


@pytest.fixture
def shop(story: Story) -> Story:
    """400 samples, a gate, models that are good and bad."""
    story.write("app.py", APP + MODELS)
    story.write("suites/shout.eval.yaml", ABSOLUTE)
    story.cases(400)
    return story


@pytest.fixture(autouse=True)
def one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every session asks in one order: in some orders a rule stops wrongly, which is its promise."""
    monkeypatch.setattr(stopping, "ask_order", lambda n, dataset_hash, _: ask_order(n, dataset_hash, "1"))


def verdicts(story: Story) -> dict[str, str]:
    return {row["gate"]: row["verdict"] for row in story.sql("SELECT gate, verdict FROM verdicts")}


def test_a_clear_pass_stops_early_and_says_so(shop: Story) -> None:
    result = shop.run("--llm-sequential", "--llm-concurrency=1")
    result.assert_outcomes(passed=1)
    n = len(shop.calls())
    assert n < 100
    (row,) = shop.sql("SELECT verdict, detail FROM verdicts")
    assert row["verdict"] == "pass"
    assert f"Stopped after {n} of 400 samples by the 95 % confidence sequence" in row["detail"]
    assert f"stopped early: asked {n} of 400 responses, saved" in result.stdout.str()


def test_a_clear_fail_stops_early(shop: Story) -> None:
    result = shop.run("--llm-sequential", "--llm-concurrency=1", model="python:app:never")
    assert result.ret == 1
    assert len(shop.calls()) < 40
    assert verdicts(shop) == {"accuracy >= 0.7": "fail"}


def test_what_was_saved_is_stored(shop: Story) -> None:
    shop.run("--llm-sequential")
    ((row),) = shop.sql("SELECT value, n FROM metrics WHERE metric = 'saved_calls'")
    assert row["n"] == len(shop.calls()) < 200
    assert row["value"] == 400 - row["n"]
    assert shop.sql("SELECT n_samples, status FROM evaluations") == [
        {"n_samples": row["n"], "status": "finished"}
    ]


def test_every_run_draws_an_order_of_its_own_and_stores_its_seed(
    shop: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "ask_order", ask_order)
    shop.run("--llm-sequential", "--llm-cache=off", "--llm-concurrency=1")
    first = shop.calls()
    shop.run("--llm-sequential", "--llm-cache=off", "--llm-concurrency=1")
    second = shop.calls()[len(first) :]
    assert first[:20] != second[:20]
    rows = shop.sql(
        "SELECT order_seed, dataset_hash FROM evaluations JOIN runs USING (run_id) ORDER BY started_at"
    )
    for row, calls in zip(rows, (first, second), strict=True):
        order = ask_order(400, row["dataset_hash"], row["order_seed"])
        assert calls == [f"word {index}" for index in order[: len(calls)]]


def test_all_subjects_of_a_run_are_asked_in_one_order(shop: Story) -> None:
    shop.run("--llm-sequential", "--llm-model=python:app:slow")
    assert len({row["order_seed"] for row in shop.sql("SELECT order_seed FROM evaluations")}) == 1
    asked = shop.sql(
        """SELECT list(sample_id ORDER BY created_at, rowid) AS ids FROM responses GROUP BY evaluation_id"""
    )
    firsts = [set(row["ids"]) for row in asked]
    fewer, more = sorted(firsts, key=len)
    assert len(fewer - more) <= 16  # what was in flight beyond the last look


def test_a_run_that_cannot_stop_asks_as_the_dataset_stands_and_has_no_seed(shop: Story) -> None:
    shop.run("--llm-limit=3")
    assert shop.sql("SELECT order_seed FROM evaluations") == [{"order_seed": None}]


def test_a_close_gate_is_asked_to_the_end_and_decided_on_the_full_value(shop: Story) -> None:
    shop.write("suites/shout.eval.yaml", ABSOLUTE.replace("0.7", "0.8"))
    result = shop.run("--llm-sequential", model="python:app:mostly")
    result.assert_outcomes(passed=1)
    assert len(shop.calls()) == 400
    (row,) = shop.sql("SELECT detail FROM verdicts")
    assert "on 400 responses" in row["detail"]
    assert shop.sql("SELECT is_partial FROM runs") == [{"is_partial": False}]


def test_a_gate_on_a_corpus_metric_has_its_task_asked_to_the_end_and_says_so(shop: Story) -> None:
    shop.write("suites/shout.eval.yaml", ABSOLUTE.replace("0.7]", "0.7, latency_p95_s <= 60]"))
    shop.run("--llm-sequential")
    assert len(shop.calls()) == 400
    details = {row["gate"]: row["detail"] for row in shop.sql("SELECT gate, detail FROM verdicts")}
    assert "Asked to the end: latency_p95_s is not a mean over samples." in details["latency_p95_s <= 60"]
    assert "Asked to the end" not in details["accuracy >= 0.7"]


def test_a_gate_that_asks_for_a_proof_has_its_task_asked_to_the_end(shop: Story) -> None:
    shop.write("suites/shout.eval.yaml", ABSOLUTE.replace(">= 0.7", ">= 0.7 proven"))
    shop.run("--llm-sequential").assert_outcomes(passed=1)
    assert len(shop.calls()) == 400
    (row,) = shop.sql("SELECT gate, verdict, detail FROM verdicts")
    assert (row["gate"], row["verdict"]) == ("accuracy >= 0.7 proven", "pass")
    assert "proven by the lower end" in row["detail"]
    assert row["detail"].endswith("Asked to the end: a proof takes the interval of all samples.")


def test_a_clear_regression_against_a_stored_baseline_fails_early(shop: Story) -> None:
    shop.write("suites/shout.eval.yaml", REGRESSION)
    shop.run("--llm-save-baseline=main")
    before = len(shop.calls())
    result = shop.run(
        "--llm-baseline=main", "--llm-sequential", "--llm-concurrency=1", model="python:app:mostly"
    )
    assert result.ret == 1
    n = len(shop.calls()) - before
    assert n < 200
    (row,) = shop.sql("SELECT detail, p_value, baseline_run_id FROM verdicts WHERE verdict = 'fail'")
    assert f"Stopped after {n} of 400 samples by the 98 % confidence sequence" in row["detail"]
    assert row["baseline_run_id"]
    assert row["p_value"] <= 0.05


def test_what_no_look_watched_is_not_tested_on_the_samples_that_the_looks_left(shop: Story) -> None:
    """How many there are hangs on the gate's own metric, which others go along with."""
    shop.write(
        "suites/shout.eval.yaml",
        REGRESSION.replace(
            "metrics: [accuracy]", "scorers: [exact_match, rougeL]\nmetrics: [accuracy, rougeL]"
        ),
    )
    shop.run("--llm-save-baseline=main")
    shop.run("--llm-baseline=main", "--llm-sequential", "--llm-concurrency=1", model="python:app:mostly")
    compared = evalkit.compare("main", "latest", store=shop.path / ".evalkit/results.duckdb")
    found = {row["metric"]: row for row in compared.findings}
    assert found["accuracy"]["finding"] == "worse"
    assert (found["rougeL"]["finding"], found["rougeL"]["p_value"]) == ("undecided", None)
    assert "of 400 samples), and no test of a fixed number of samples holds" in found["rougeL"]["detail"]
    page = max((shop.path / "reports").glob("2*.html")).read_text()
    assert "stopped after" in page.partition('id="metrics"')[2]


def test_what_cannot_be_compared_is_an_error_also_where_looks_stopped_the_asking(shop: Story) -> None:
    task = REGRESSION.replace(
        "metrics: [accuracy]", "scorers: [exact_match, rougeL]\nmetrics: [accuracy, rougeL]"
    )
    shop.write("suites/shout.eval.yaml", task + "max_error_rate: 0.1\n")
    shop.run("--llm-save-baseline=main")
    shop.run("--llm-baseline=main", "--llm-sequential", "--llm-concurrency=1", model="python:app:shaky")
    ((row),) = shop.sql("SELECT n_samples, n_errors FROM evaluations WHERE n_samples < 400")
    assert row["n_errors"]
    compared = evalkit.compare("main", "latest", store=shop.path / ".evalkit/results.duckdb")
    found = {row["metric"]: row for row in compared.findings}
    assert found["rougeL"]["finding"] == "not comparable"
    assert "failed" in found["rougeL"]["detail"]


def test_an_equal_candidate_passes_its_margin_early(shop: Story) -> None:
    shop.write("suites/shout.eval.yaml", REGRESSION)
    shop.run("--llm-save-baseline=main")
    shop.run("--llm-baseline=main", "--llm-sequential", "--llm-cache=refresh")
    assert "Stopped after" in shop.sql("SELECT detail FROM verdicts ORDER BY length(detail)")[-1]["detail"]


def test_a_regression_that_the_looks_cannot_decide_gets_the_rest_of_alpha_at_the_end(shop: Story) -> None:
    shop.cases(40)
    shop.write("suites/shout.eval.yaml", REGRESSION)
    shop.run("--llm-save-baseline=main")
    shop.run("--llm-baseline=main", "--llm-sequential")
    (row,) = shop.sql("SELECT detail FROM verdicts WHERE verdict = 'undecided' AND is_recorded IS NULL")
    assert "Asked to the end; the looks before have spent 20 % of alpha." in row["detail"]


def test_without_a_baseline_everything_is_asked_and_recorded(shop: Story) -> None:
    shop.write("suites/shout.eval.yaml", REGRESSION)
    result = shop.run("--llm-sequential", "--llm-save-baseline=main")
    assert len(shop.calls()) == 400
    assert "baseline: main is now run" in result.stdout.str()


@pytest.mark.parametrize("candidate", ["python:app:never", "python:app:slow"])
def test_a_live_baseline_stops_with_the_last_that_is_compared_with_it(shop: Story, candidate: str) -> None:
    shop.write("suites/shout.eval.yaml", REGRESSION)
    result = shop.run(
        f"--llm-model={candidate}", "--llm-baseline=subject:python:app:answer", "--llm-sequential"
    )
    assert result.parseoutcomes() == {"recorded": 1, "failed": 1}
    asked = {row["model"]: row["n"] for row in shop.sql(
        "SELECT model, count(*) AS n FROM responses JOIN evaluations USING (evaluation_id) "
        "JOIN subjects USING (subject_id) GROUP BY model"
    )}  # fmt: skip
    assert max(asked.values()) < 150
    assert abs(asked["python:app:answer"] - asked[candidate]) <= 64


def test_a_live_baseline_that_another_candidate_still_needs_goes_on(shop: Story) -> None:
    shop.write("suites/shout.eval.yaml", REGRESSION.replace("0.05", "0.0"))
    shop.run(
        "--llm-model=python:app:never", "--llm-model=python:app:answer_async",
        "--llm-baseline=subject:python:app:answer", "--llm-sequential",
    )  # fmt: skip
    asked = {row["model"]: row["n"] for row in shop.sql(
        "SELECT model, count(*) AS n FROM responses JOIN evaluations USING (evaluation_id) "
        "JOIN subjects USING (subject_id) GROUP BY model"
    )}  # fmt: skip
    assert asked["python:app:answer"] == asked["python:app:answer_async"] == 400
    assert asked["python:app:never"] < 200


def test_a_stopped_run_never_becomes_a_baseline(shop: Story) -> None:
    result = shop.run("--llm-sequential", "--llm-save-baseline=main")
    assert "baseline: main was not moved" in result.stdout.str()
    assert shop.sql("SELECT is_partial FROM runs") == [{"is_partial": True}]


def test_workers_stop_early_too(shop: Story) -> None:
    result = shop.run("--llm-sequential", "--llm-save-baseline=main", "-n", "2", timeout_s=120)
    result.assert_outcomes(passed=1)
    assert len(shop.calls()) < 200
    assert "stopped early: asked" in result.stdout.str()
    assert "baseline: main was not moved" in result.stdout.str()


def test_what_was_asked_once_is_answered_from_the_cache(shop: Story) -> None:
    model = "python:app:answer?revision=1"
    shop.run("--llm-sequential", model=model)
    assert len(shop.calls()) < 200
    shop.run(model=model)
    assert len(shop.calls()) == 400


def test_repeats_of_a_sample_are_asked_together(shop: Story) -> None:
    shop.run("--llm-sequential", "--llm-repeats=3", "--llm-concurrency=1", model="python:app:never")
    calls = shop.calls()
    assert len(calls) < 120
    assert len(calls) % 3 == 0
    assert calls[0] == calls[1] == calls[2]
    assert "samples by the" in shop.sql("SELECT detail FROM verdicts")[0]["detail"]


def test_too_many_failed_calls_leave_the_verdict_to_the_end(shop: Story) -> None:
    shop.run("--llm-sequential", model="python:app:broken")
    assert shop.sql("SELECT count(*) AS n FROM responses") == [{"n": 400}]
    assert verdicts(shop) == {"accuracy >= 0.7": "error"}


def test_few_failed_calls_do_not_keep_it_from_stopping(shop: Story) -> None:
    shop.write("suites/shout.eval.yaml", ABSOLUTE + "max_error_rate: 0.1\n")
    shop.run("--llm-sequential", "--llm-concurrency=1", model="python:app:shaky")
    assert len(shop.calls()) < 150
    assert verdicts(shop) == {"accuracy >= 0.7": "pass"}


def test_asserted_samples_are_all_asked(shop: Story) -> None:
    shop.cases(60, **{"assert": [{"contains": "WORD"}]})
    shop.run("--llm-sequential")
    assert len(shop.calls()) == 60


def test_a_task_without_gates_is_asked_to_the_end(shop: Story) -> None:
    shop.write("suites/shout.eval.yaml", ABSOLUTE.replace("gates: [accuracy >= 0.7]", ""))
    shop.run("--llm-sequential")
    assert len(shop.calls()) == 400


def test_the_environment_asks_for_it_too(shop: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALKIT_SEQUENTIAL", "1")
    shop.run()
    assert len(shop.calls()) < 200

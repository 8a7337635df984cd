"""``--llm-rerun``: asks again where a verdict could change, within its budget, and says what came of it."""

from __future__ import annotations

import re
import signal
import subprocess
import time

import pytest

from evalkit.runner.ask_order import ask_order
from evalkit.session.sequential import stopping
from tests.invocation import heed_ctrl_c, pytest_command
from tests.story import Story

#: Answers that depend on sample and repeat alone: of each ten samples the first three are right every other
#: time, and differently for each of the models; all others are always right.
MODELS = """
import random, time

def flip(request, salt):
    with open("calls.txt", "a") as file:
        file.write(f"{request.sample.id}\\n")
    number = int(request.sample.id[1:])
    is_right = number % 10 > 2 or random.Random(f"{salt}/{number}/{request.repeat}").random() < 0.5
    return request.sample.input.upper() if is_right else "?"

def old(request):
    return flip(request, "old")

def new(request):
    return flip(request, "new")

def slow(request):
    if request.repeat:
        time.sleep(0.05)
    return flip(request, "new")

def once(request):
    if request.repeat:
        raise ValueError("no second answer")
    return flip(request, "new")

def second(request):
    with open("calls.txt", "a") as file:
        file.write(f"{request.sample.id}\\n")
    held = {"c0": (1,), "c1": (), "c2": (0, 2)}.get(request.sample.id, range(99))
    return "WORD" if request.repeat in held else "?"
"""
REGRESSION = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
gates:
  - regression: {metric: accuracy, margin: 0.12}
"""
GOLDEN = """
task: golden
dataset: {file: cases.jsonl}
"""


@pytest.fixture
def shop(story: Story) -> Story:
    """100 samples with a regression gate, of which thirty vary by themselves, and a recorded baseline."""
    story.write("app.py", MODELS)
    story.write("suites/shout.eval.yaml", REGRESSION)
    story.cases(100)
    return story


@pytest.fixture
def golden(story: Story) -> Story:
    """Five asserted samples: c0 holds at its second answer, c1 never, the others at once."""
    story.write("app.py", MODELS)
    story.write("suites/shout.eval.yaml", GOLDEN)
    story.cases(5, **{"assert": [{"contains": "WORD"}]})
    return story


SECOND = "python:app:second"
OLD, NEW = "python:app:old", "python:app:new"


def recorded(story: Story) -> int:
    """Record a baseline; how often the application was asked for it."""
    story.run("--llm-save-baseline=main", model=OLD)
    return len(story.calls())


def counts(story: Story) -> dict[str, float]:
    rows = story.sql("SELECT metric, sum(value) AS n FROM metrics WHERE metric LIKE 'rerun%' GROUP BY metric")
    return {row["metric"]: row["n"] for row in rows}


def test_a_sample_that_holds_when_asked_again_is_flaky_and_undecided(golden: Story) -> None:
    result = golden.run("--llm-rerun=10", "-k", "c0 or c3", model=SECOND)
    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines(
        ["*flaky: held in 1 of 2 answers*", "asked again: 1 of at most 10 requests, 1 *"]
    )
    assert golden.calls().count("c0") == 2
    assert golden.calls().count("c3") == 1


def test_undecided_samples_end_as_the_option_says(golden: Story) -> None:
    result = golden.run("--llm-rerun=10", "--llm-undecided=fail", "-k", "c0", model=SECOND)
    result.assert_outcomes(failed=1)
    assert "undecided: flaky: held in 1 of 2 answers" in result.stdout.str()


def test_a_sample_that_never_holds_is_asked_three_times_more_and_fails(golden: Story) -> None:
    result = golden.run("--llm-rerun=10", model=SECOND)
    result.assert_outcomes(passed=4, failed=1, warnings=1)
    assert "asked again: failed 4 of 4" in result.stdout.str()
    assert golden.calls().count("c1") == 4
    assert len(golden.calls()) == 5 + 3 + 1
    (verdict,) = golden.sql("SELECT verdict, detail FROM verdicts WHERE gate = 'asserts'")
    assert verdict == {"verdict": "fail", "detail": "3 of 5 samples hold, 1 flaky"}


def test_a_sample_that_the_budget_does_not_reach_stays_a_failure_and_says_so(golden: Story) -> None:
    result = golden.run("--llm-rerun=1", model=SECOND)
    result.assert_outcomes(passed=4, failed=1, warnings=1)
    assert len(golden.calls()) == 5 + 1
    assert "not asked again: --llm-rerun is spent" in result.stdout.str()


def test_failures_that_are_new_to_a_sample_stay_failures(golden: Story) -> None:
    golden.run("--llm-repeats=60", "-k", "c3", model=SECOND)
    golden.write("app.py", MODELS.replace("range(99))", "range(1, 99))"))
    result = golden.run("--llm-rerun=10", "-k", "c3", model=SECOND)
    result.assert_outcomes(failed=1)
    assert "failing is new: failed 1 of 2 now and 0 of 60 before (Fisher's exact test" in result.stdout.str()


def test_answers_to_failed_samples_are_stored_and_count_in_no_metric(golden: Story) -> None:
    golden.run("--llm-rerun=10", model=SECOND)
    rows = golden.sql(
        "SELECT sample_id, max(repeat) AS last FROM responses WHERE is_recheck GROUP BY ALL ORDER BY 1"
    )
    assert rows == [{"sample_id": "c0", "last": 1}, {"sample_id": "c1", "last": 3}]
    (metric,) = golden.sql("SELECT value, n FROM metrics WHERE metric = 'mean:asserts'")
    assert metric == {"value": 0.6, "n": 5}


def test_without_the_option_nothing_is_asked_again(golden: Story) -> None:
    golden.run(model=SECOND)
    assert len(golden.calls()) == 5
    assert counts(golden) == {}


def further_calls(story: Story, *options: str, model: str = NEW) -> int:
    """How often the application was asked beyond its first pass: 200 calls for two models of one session."""
    n_before = len(story.calls())
    story.run("--llm-baseline=subject:" + OLD, f"--llm-model={model}", *options, model=OLD)
    return len(story.calls()) - n_before - 200


def last_verdict(story: Story) -> dict[str, str]:
    query = (
        "SELECT verdict, detail FROM verdicts WHERE baseline_run_id IS NOT NULL ORDER BY rowid DESC LIMIT 1"
    )
    (verdict,) = story.sql(query)
    return verdict


def test_a_gate_that_own_noise_left_undecided_is_decided_by_further_answers_that_count_in_its_metric(
    shop: Story,
) -> None:
    n = further_calls(shop, "--llm-rerun=800")
    verdict = last_verdict(shop)
    assert verdict["verdict"] == "pass", verdict["detail"]
    assert re.search(rf"Second look, at \d\d % of alpha, after {n} further answers\.", verdict["detail"])
    assert n in (200, 400, 600, 800)
    assert counts(shop) == {"rerun_calls": n, "rerun_changed": 1}
    (mean,) = shop.sql(
        "SELECT avg(mean) AS value FROM (SELECT avg(s.value) AS mean FROM scores s "
        f"JOIN evaluations USING (evaluation_id) JOIN subjects USING (subject_id) WHERE model = '{NEW}' "
        "GROUP BY sample_id)"
    )
    (metric,) = shop.sql(
        "SELECT value, n FROM metrics JOIN evaluations USING (evaluation_id) "
        f"JOIN subjects USING (subject_id) WHERE metric = 'accuracy' AND model = '{NEW}'"
    )
    assert metric == {"value": pytest.approx(mean["value"]), "n": 100 + n // 2}


def test_no_more_is_asked_than_the_budget_allows(shop: Story) -> None:
    assert 0 < further_calls(shop, "--llm-rerun=900") <= 900


def test_history_says_which_samples_are_asked_again(shop: Story) -> None:
    shop.write("app.py", MODELS.replace('"new"', '"newer"'))
    shop.write("suites/shout.eval.yaml", REGRESSION.replace("0.12", "0.045"))
    shop.run("--llm-repeats=4", model=NEW)
    shop.run("--llm-repeats=12", "--llm-save-baseline=main", model=OLD)
    n = len(shop.calls())
    shop.run("--llm-baseline=main", "--llm-rerun=200", model=NEW)
    again = shop.calls()[n + 100 :]
    assert 20 <= len(again) <= 200
    assert {int(sample_id[1:]) % 10 for sample_id in again} == {0, 1, 2}


def test_failed_further_answers_count_against_the_budget_and_leave_the_first_look(shop: Story) -> None:
    n = further_calls(shop, "--llm-rerun=800", model="python:app:once")
    assert n <= 200
    verdict = last_verdict(shop)
    assert verdict["verdict"] == "undecided"
    assert "further answers failed: no second look." in verdict["detail"]
    assert counts(shop)["rerun_calls"] == 200


def test_recorded_answers_are_not_asked_again(shop: Story) -> None:
    shop.write("suites/shout.eval.yaml", REGRESSION.replace("0.12", "0.05"))
    recorded(shop)
    rows = [{"sample_id": f"c{i}", "output": f"WORD {i}" if i % 8 else "?"} for i in range(100)]
    shop.rows(rows, "r.jsonl")
    shop.run("--llm-baseline=main", "--llm-rerun=600", model="replay:r.jsonl")
    assert "Not asked again: what was recorded has no further answers." in last_verdict(shop)["detail"]
    assert shop.sql("SELECT count(*) AS n FROM responses WHERE error IS NOT NULL") == [{"n": 0}]


def test_a_gate_that_its_first_look_decides_is_not_asked_again(shop: Story) -> None:
    shop.write("suites/shout.eval.yaml", REGRESSION.replace("0.12", "0.3"))
    assert further_calls(shop, "--llm-rerun=800") == 0
    verdict = last_verdict(shop)
    assert verdict["verdict"] == "pass"
    assert "First of two looks, at 60 % of alpha." in verdict["detail"]


def test_absolute_gates_keep_the_verdict_of_the_first_pass_and_say_so(shop: Story) -> None:
    shop.write("suites/shout.eval.yaml", REGRESSION + "  - accuracy >= 0.5\n")
    further_calls(shop, "--llm-rerun=800")
    details = [row["detail"] for row in shop.sql("SELECT detail FROM verdicts WHERE gate LIKE 'accuracy%'")]
    assert len(details) == 2
    assert all("on 100 responses; decided on the value. Decided before" in detail for detail in details)


def test_workers_ask_again_too(shop: Story) -> None:
    result = shop.run(
        "--llm-rerun=800", "--llm-baseline=subject:" + OLD, f"--llm-model={NEW}", "-n", "2",
        model=OLD, timeout_s=120,
    )  # fmt: skip
    assert result.parseoutcomes() == {"passed": 1, "recorded": 1}
    assert "Second look" in last_verdict(shop)["detail"]
    assert "of at most 800 requests, 1 verdict changed" in result.stdout.str()


def test_ctrl_c_in_the_second_pass_leaves_a_valid_store_and_the_first_look(shop: Story) -> None:
    command = [*pytest_command(), "suites", f"--llm-model={OLD}", "--llm-model=python:app:slow",
               f"--llm-baseline=subject:{OLD}", "--llm-rerun=800", "--llm-concurrency=2"]  # fmt: skip
    process = subprocess.Popen(
        command,
        cwd=shop.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=heed_ctrl_c,
    )
    deadline = time.monotonic() + 300
    while len(shop.calls()) < 220:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 2, output
    assert "Traceback" not in output
    assert shop.sql("SELECT status, is_partial FROM runs") == [{"status": "interrupted", "is_partial": True}]
    verdict = last_verdict(shop)
    assert verdict["verdict"] == "undecided"
    assert "First of two looks" in verdict["detail"]
    (stored,) = shop.sql("SELECT count(*) AS n, max(repeat) AS last FROM responses")
    assert 210 <= stored["n"] < 800
    (metric,) = shop.sql("SELECT sum(n) AS n FROM metrics WHERE metric = 'accuracy'")
    assert metric["n"] == stored["n"]


def test_a_task_that_looks_early_left_undecided_is_asked_again_with_the_alpha_that_is_left(
    shop: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "ask_order", lambda n, dataset_hash, _: ask_order(n, dataset_hash, "1"))
    assert 0 < further_calls(shop, "--llm-rerun=800", "--llm-sequential") <= 800
    verdict = last_verdict(shop)
    assert verdict["verdict"] == "pass", verdict["detail"]
    assert "Asked to the end; the looks before have spent 20 % of alpha." in verdict["detail"]
    (share,) = re.findall(r"Second look, at (\d+) % of alpha", verdict["detail"])
    assert int(share) < 80


def test_nothing_is_a_budget_too(golden: Story) -> None:
    golden.run("--llm-rerun=0", model=SECOND)
    assert len(golden.calls()) == 5


def test_the_environment_asks_for_it_too(golden: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALKIT_RERUN", "1")
    golden.run(model=SECOND)
    assert len(golden.calls()) == 6

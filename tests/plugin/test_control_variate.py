"""``--llm-control-variate``: a random part is asked, earlier subjects predict the rest, the verdict is over
all."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import evalkit
from evalkit.errors import EvalkitError, UsageError
from evalkit.runner.ask_order import ask_order
from evalkit.session.control_variate import planning
from tests.story import APP, Story

TASK = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
max_error_rate: 0.2
gates:
  - accuracy >= 0.5
  - regression: {metric: accuracy, margin: 0.1}
"""
#: Hard samples are hard for all; each model has its own luck besides.
MODELS = """
import hashlib

def luck(text, salt):
    return int(hashlib.sha256((salt + text).encode()).hexdigest()[:6], 16) / 16**6

def graded(text, salt):
    answer(text)
    return text.upper() if luck(text, "hard") > 0.3 + 0.3 * (luck(text, salt) - 0.5) else "?"

def one(text): return graded(text, "one")
def two(text): return graded(text, "two")
def three(text): return graded(text, "three")
def candidate(text): return graded(text, "candidate")
def half(text): return graded(text, "half") if luck(text, "half") > 0.5 else "?"
def shaky(text):
    if luck(text, "fails") < 0.05:
        raise ValueError("no answer")
    return candidate(text)
"""
N = 300
OPTIONS: dict[str, Any] = {"report": "off", "progress": False}
_STORE: list[bytes] = []
PAST = [f"python:app:{name}" for name in ("one", "two", "three")]


@pytest.fixture
def shop(story: Story, monkeypatch: pytest.MonkeyPatch) -> Story:
    """300 samples that three subjects have answered; the first one is the baseline."""
    monkeypatch.chdir(story.path)
    monkeypatch.syspath_prepend(str(story.path))
    story.write("app.py", APP + MODELS)
    story.write("suites/shout.eval.yaml", TASK)
    story.cases(N)
    store = story.path / ".evalkit/results.duckdb"
    if not _STORE:  # one history for all tests here
        evalkit.evaluate("suites", PAST[1:], **OPTIONS)
        evalkit.evaluate("suites", PAST[0], save_baseline="main", **OPTIONS)
        _STORE.append(store.read_bytes())
    store.parent.mkdir(exist_ok=True)
    store.write_bytes(_STORE[0])
    story.write("calls.txt", "")
    return story


def rights(model: str) -> list[bool]:
    """On which samples a model is right."""
    app: dict[str, Any] = {"answer": lambda text: text.upper()}
    exec(MODELS, app)
    return [app[model](f"word {k}") == f"WORD {k}" for k in range(N)]


def test_a_part_is_asked_and_the_verdict_is_over_all(shop: Story) -> None:
    options = ["--llm-control-variate=100", "--llm-baseline=main", "--llm-save-baseline=next"]
    result = shop.run(*options, "--llm-report=off", model="python:app:candidate")
    result.assert_outcomes(passed=2)
    assert "baseline: next was not moved" in result.stdout.str()  # a part is not a baseline
    (row,) = shop.sql(
        "SELECT run_id, n_samples, n_available, order_seed, dataset_hash FROM evaluations JOIN runs "
        "USING (run_id) WHERE is_partial"
    )
    assert (row["n_samples"], row["n_available"], row["order_seed"]) == (100, N, row["run_id"])
    drawn = ask_order(N, row["dataset_hash"], row["order_seed"])[:100]
    assert sorted(shop.calls()) == sorted(f"word {k}" for k in drawn)

    of_run = f"JOIN evaluations USING (evaluation_id) WHERE run_id = '{row['run_id']}'"
    found = shop.sql(f"SELECT gate, detail, comparison->>'method' AS method FROM verdicts {of_run}")
    asked = "100 of 300 samples asked at random, control variates from 3 earlier evaluations"
    assert all(asked in each["detail"] for each in found)
    (regression,) = [each for each in found if each["method"]]
    assert regression["method"] == "t-test with control variates, tilted interval"
    (plain,) = re.findall(r"as exact as (\d+) plain pairs", regression["detail"])
    assert int(plain) > 90

    (metric,) = shop.sql(f"SELECT * FROM metrics {of_run} AND metric = 'accuracy'")
    assert metric["signature"].endswith("|control_variate:v1")
    # Each run draws anew, and one 95 % interval in twenty misses: five standard errors miss in none.
    middle, reach = (
        (metric["ci_high"] + metric["ci_low"]) / 2,
        2.5 * (metric["ci_high"] - metric["ci_low"]) / 2,
    )
    assert abs(np.mean(rights("candidate")) - middle) <= reach
    (saved,) = shop.sql(f"SELECT value FROM metrics {of_run} AND metric LIKE 'effective_samples%'")
    assert 110 < saved["value"] <= N


def test_the_bare_option_takes_as_many_as_the_margin_and_failures_are_counted(shop: Story) -> None:
    shop.write("suites/shout.eval.yaml", TASK.replace("margin: 0.1", "margin: 0.07"))
    evalkit.evaluate(
        "suites", "python:app:shaky", baseline="main", control_variate=True, undecided="pass", **OPTIONS
    )
    rows = shop.sql(
        "SELECT n_samples, n, n_failed FROM metrics JOIN evaluations USING (evaluation_id) "
        "WHERE order_seed IS NOT NULL AND metric = 'accuracy'"
    )
    (row,) = rows
    assert 50 < row["n_samples"] < N - 50
    assert row["n_failed"] > 0
    assert row["n"] + row["n_failed"] == row["n_samples"]


def test_a_candidate_that_got_worse_fails(shop: Story) -> None:
    options = {**OPTIONS, "baseline": "main", "control_variate": 100}
    results = evalkit.evaluate("suites", "python:app:half", **options)
    assert not results.is_passed
    assert len(shop.calls()) < 100  # it answers without the others' count where it does not try


def test_what_history_does_not_help_is_refused_before_the_first_call(
    shop: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusal(error: type[EvalkitError] = UsageError, **options: Any) -> str:
        with pytest.raises(error) as caught:
            evalkit.evaluate(
                "suites", "python:app:candidate", **{"control_variate": 100, **OPTIONS, **options}
            )
        return str(caught.value)

    assert "it takes all of 300 samples" in refusal(control_variate=300)
    assert "whole number >= 50" in refusal(control_variate=20)
    assert "does not go together with sequential" in refusal(sequential=True)
    assert "name a stored baseline" in refusal(baseline="subject:default")
    rng = np.random.default_rng(1)
    with monkeypatch.context() as patch:
        columns = (rng.random((N, 3)) < 0.7).astype(float)
        patch.setattr(planning, "past_scores", lambda planned, store: {"accuracy": columns})
        assert "history would save 0.3 % of the samples for accuracy, under 10 %" in refusal()
        patch.setattr(planning, "past_scores", lambda planned, store: {"accuracy": columns[:, :1]})
        assert "the store has scores of 1 earlier subject for accuracy" in refusal()
    shop.write("suites/shout.eval.yaml", TASK.replace("accuracy >= 0.5", "latency_p95_s <= 60"))
    assert "latency_p95_s is not a mean of one bounded value for each sample" in refusal()
    shop.write("suites/shout.eval.yaml", TASK.replace("cases.jsonl}", "cases.jsonl}\ngroup: '{{ id }}'"))
    assert "its samples come in groups" in refusal()
    shop.write("suites/shout.eval.yaml", TASK.replace("task: shout", "task: whisper"))
    assert "the store has no earlier scores for accuracy" in refusal()
    assert shop.calls() == []

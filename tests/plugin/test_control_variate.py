"""``--llm-control-variate``: a random part is asked, earlier subjects predict the rest, the verdict is over
all."""

from __future__ import annotations

import pytest

import evalkit
from tests.story import APP, Story

TASK = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
gates:
  - accuracy >= 0.5
  - regression: {metric: accuracy, margin: 0.1}
"""
#: Hard samples are hard for all; each model has its own luck besides.
MODELS = """
import hashlib

def luck(text, salt):
    return int(hashlib.sha256((salt + text).encode()).hexdigest()[:6], 16) / 16**6

def graded(text, salt, noise):
    answer(text)
    return text.upper() if luck(text, "hard") > 0.3 + noise * (luck(text, salt) - 0.5) else "?"

def one(text): return graded(text, "one", 0.3)
def two(text): return graded(text, "two", 0.3)
def three(text): return graded(text, "three", 0.3)
def candidate(text): return graded(text, "candidate", 0.3)
def half(text): return graded(text, "half", 0.3) if luck(text, "half") > 0.5 else "?"
def random(text): return text.upper() if luck(text, "random") > 0.5 else "?"
def shaky(text):
    if luck(text, "fails") < 0.05:
        raise ValueError("no answer")
    return graded(text, "candidate", 0.3)
"""
N, OPTIONS = 500, {"report": "off", "progress": False}
PAST = [f"python:app:{name}" for name in ("one", "two", "three")]


@pytest.fixture
def shop(story: Story, monkeypatch: pytest.MonkeyPatch) -> Story:
    """500 samples that three subjects have answered; the first one is the baseline."""
    monkeypatch.chdir(story.path)
    monkeypatch.syspath_prepend(str(story.path))
    story.write("app.py", APP + MODELS)
    story.write("suites/shout.eval.yaml", TASK)
    story.cases(N)
    evalkit.evaluate("suites", PAST[1:], **OPTIONS)
    evalkit.evaluate("suites", PAST[0], save_baseline="main", **OPTIONS)
    story.write("calls.txt", "")
    return story


def test_a_part_is_asked_and_the_verdict_is_over_all(shop: Story) -> None:
    result = shop.run("--llm-control-variate=120", "--llm-baseline=main", model="python:app:candidate")
    result.assert_outcomes(passed=2)
    assert len(shop.calls()) == 120
    absolute, regression = shop.sql(
        "SELECT verdict, detail, comparison->>'method' AS method FROM verdicts JOIN evaluations "
        "USING (evaluation_id) JOIN runs USING (run_id) WHERE is_partial ORDER BY gate"
    )
    asked = "120 of 500 samples asked at random, control variates from 3 earlier evaluations"
    assert asked in absolute["detail"]
    assert asked in regression["detail"]
    assert "as exact as" in regression["detail"]
    assert (absolute["verdict"], regression["verdict"]) == ("pass", "pass")
    assert regression["method"] == "t-test with control variates, tilted interval"

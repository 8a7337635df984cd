"""``--llm-tournament``: Subjects are asked side by side, and what is clearly behind is asked no further."""

from __future__ import annotations

import pytest

from evalkit.runner.ask_order import ask_order
from evalkit.session.tournament import tournament
from tests.story import APP, Story

TASK = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
"""
#: Right on all samples, all but one in twenty, half of them, none.
MODELS = """
def best(text):
    return answer(text)

def good(text):
    answer(text)
    return text.upper() if int(text.split()[1]) % 20 else "?"

def half(text):
    answer(text)
    return text.upper() if int(text.split()[1]) % 2 else "?"

def never(text):
    answer(text)
    return "?"
"""
THREE = ("--llm-model=python:app:half", "--llm-model=python:app:best")


@pytest.fixture
def shop(story: Story) -> Story:
    """200 samples, no gates, models that are good and bad."""
    story.write("app.py", APP + MODELS)
    story.write("suites/shout.eval.yaml", TASK)
    story.cases(200)
    return story


@pytest.fixture(autouse=True)
def one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every session asks in one order: in some orders a rule errs, which is its promise."""
    monkeypatch.setattr(tournament, "ask_order", lambda n, dataset_hash, _: ask_order(n, dataset_hash, "1"))


def standings(story: Story) -> dict[str, str]:
    rows = story.sql("""SELECT model, tournament->>'$.standing' AS standing
           FROM evaluations JOIN subjects USING (subject_id)""")
    return {row["model"].removeprefix("python:app:"): row["standing"] for row in rows}


def test_what_is_behind_is_dropped_and_the_winner_ends_the_asking(shop: Story) -> None:
    result = shop.run("--llm-tournament", "--llm-concurrency=2", *THREE, model="python:app:never")
    assert result.ret == 0
    assert standings(shop) == {"never": "dropped", "half": "dropped", "best": "winner"}
    n = len(shop.calls())
    assert n < 200
    text = result.stdout.str()
    assert f"tournament in accuracy of shout: asked for {n} of 600 responses" in text
    assert "python:app:best wins. The baseline python:app:never is worse" in text

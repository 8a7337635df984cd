"""pytest and ``evalkit compare`` say the same of the same runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from evalkit.cli import main
from evalkit.store.store import Store
from tests.story import Story

#: 200 samples on which the candidate is worse by so little that a share of alpha does not show it.
TASK = """
task: shout
dataset: {file: cases.jsonl}
scorers: [exact_match, contains]
metrics: [accuracy, "mean:contains", output_chars_mean]
gates:
  - regression: {metric: accuracy, margin: 0.02}
"""
APP = """
def good(text):
    return text.upper() if int(text.split()[1]) % 10 else "?"

def worse(text):
    number = int(text.split()[1])
    return text.upper() if number % 10 and number % 33 else "?"
"""
STORE = ".evalkit/results.duckdb"


@pytest.fixture
def sides(story: Story, monkeypatch: pytest.MonkeyPatch) -> Story:
    story.write("app.py", APP)
    story.write("suites/shout.eval.yaml", TASK)
    story.cases(200)
    monkeypatch.chdir(story.path)
    story.run("--llm-save-baseline=main", model="python:app:good")
    return story


def compared(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Sequence[dict[str, Any]]]:
    capsys.readouterr()
    status = main(["compare", "main", "latest", "--json", *words])
    return status, json.loads(capsys.readouterr().out)["comparisons"]


def test_a_gate_has_one_verdict_by_either_door(sides: Story, capsys: pytest.CaptureFixture[str]) -> None:
    session = sides.run("--llm-baseline=main", model="python:app:worse")
    (stored,) = sides.sql(
        "SELECT gate, verdict, p_value, detail FROM verdicts WHERE baseline_run_id IS NOT NULL"
    )
    assert (session.ret, stored["verdict"]) == (1, "fail")
    for words in ((), ("--margin=0.5", "--alpha=0.001")):
        status, found = compared(capsys, *words)
        assert status == 1
        (gate,) = [each for each in found if each["is_gate"]]
        assert {name: gate[name] for name in stored} == stored
    others = {each["gate"] for each in found if not each["is_gate"]}
    assert others == {"exploration(mean:contains)", "exploration(output_chars_mean)"}
    main(["compare", "main", "latest", "--markdown", "summary.md"])
    summary = (sides.path / "summary.md").read_text()
    assert f"{stored['p_value']:.3f}" in summary
    assert "fail" in summary.splitlines()[0]
    assert "exploration(" not in summary
    text = " ".join(capsys.readouterr().out.split())
    assert "gate" in text
    assert "exploration" in text


def test_a_gate_is_decided_anew_as_its_session_would_where_it_was_not_compared(
    sides: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    sides.run("--llm-baseline=main", model="python:app:worse")
    (stored,) = sides.sql("SELECT verdict, p_value FROM verdicts WHERE baseline_run_id IS NOT NULL")
    sides.run(model="python:app:worse")
    status, found = compared(capsys)
    (gate,) = [each for each in found if each["is_gate"]]
    assert status == 1
    assert {name: gate[name] for name in stored} == stored


def test_what_no_gate_asks_about_does_not_fail_a_comparison(
    sides: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    sides.write("suites/shout.eval.yaml", TASK.replace("margin: 0.02", "margin: 0.5"))
    assert sides.run("--llm-baseline=main", model="python:app:worse").ret == 0
    status, found = compared(capsys, "--fail-on-regression", "--alpha=0.5", "--margin=0")
    assert "worse" in {each["finding"] for each in found if not each["is_gate"]}
    assert status == 0


@pytest.mark.parametrize("change", ["UPDATE runs SET status = 'interrupted'",
                                    "DELETE FROM responses WHERE sample_id > 'c2'"])  # fmt: skip
def test_a_run_that_was_cut_off_is_never_said_to_be_no_worse(
    sides: Story, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    sides.run("--llm-baseline=main", model="python:app:good")
    status, found = compared(capsys, "--fail-on-regression")
    assert status == 0
    assert {each["finding"] for each in found if each["is_gate"]} == {"no worse"}
    with Store.open(sides.path / STORE, mode="write") as store:
        run_id = store.run("latest").run_id
        key = "run_id = ?" if change.startswith("UPDATE") else "AND starts_with(evaluation_id, ?)"
        store.connection.execute(f"{change} {'WHERE ' if 'runs' in change else ''}{key}", [run_id])
    status, found = compared(capsys, "--fail-on-regression")
    assert status == 1
    assert {each["finding"] for each in found} == {"undecided"}
    assert "The candidate is not whole" in found[0]["detail"]

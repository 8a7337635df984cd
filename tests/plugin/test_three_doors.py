"""One evaluation by pytest, the command line and Python: the same rows, hashes, verdicts and report."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.cli import main
from evalkit.store.store import Store
from tests.story import Story

TASK = """
task: shout
dataset: {file: cases.jsonl}
scorers: [exact_match]
metrics: [accuracy, output_chars_mean]
gates:
  - accuracy >= 0.5
  - regression: {metric: accuracy, margin: 0.02}
---
task: said
samples:
  - {id: greets, input: hello, assert: [{contains: HELLO}]}
  - {id: parts, input: bye, assert: [{contains: nothing}]}
"""
#: With a revision answers are cached, so that all doors have them with the same latencies.
MODELS = ["python:app:answer?revision=1", "python:app:worse?revision=1"]
OPTIONS = {"baseline": f"subject:{MODELS[0]}", "repeats": "2", "rerun": "8"}
TABLES = ("evaluations", "subjects", "responses", "scores", "metrics", "verdicts", "prompts")
#: What tells one run from another of the same evaluation.
_OWN = {"run_id", "evaluation_id", "baseline_run_id", "baseline_evaluation_id", "created_at", "subject_id"}

Rows = dict[str, list[Mapping[str, Any]]]


def by_pytest(story: Story, store: str, report: str) -> None:
    options = [f"--llm-{name}={value}" for name, value in OPTIONS.items()]
    options += [f"--llm-model={each}" for each in MODELS]
    story.run(*options, f"--llm-store={store}", f"--llm-report={report}", model=None)


def by_command(story: Story, store: str, report: str) -> None:
    options = [f"--{name}={value}" for name, value in OPTIONS.items()]
    options += [f"--model={each}" for each in MODELS]
    assert main(["run", "suites", *options, "--store", store, f"--report={report}", "--quiet"]) == 1


def by_python(story: Story, store: str, report: str) -> None:
    results = evalkit.evaluate("suites", MODELS, store=store, report=report, progress=False, **OPTIONS)
    assert not results.is_passed


def rows(path: Path) -> tuple[str, Rows]:
    with Store.open(path) as store:
        run = store.run("latest")
        answers = {table: store.ask(f"SELECT * FROM {table} ORDER BY ALL") for table in TABLES}
    found: Rows = {}
    for table, answer in answers.items():
        kept = [i for i, name in enumerate(answer.columns) if name not in _OWN]
        named = [{answer.columns[i]: row[i] for i in kept} for row in answer.rows]
        found[table] = sorted(named, key=repr)
    return run.run_id, found


def page(path: Path, run_id: str) -> str:
    """The report without the run's name, its times and its command line."""
    text = path.read_text("utf-8").replace(run_id, "RUN")
    text = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?( UTC|Z)?", "TIME", text)
    text = re.sub(r'"(started_at|finished_at|generated_at|created_at|created)": ?[\d.]+', "TIME", text)
    text = re.sub(r"\b\d+(\.\d+)? m?s\b", "SECONDS", text)
    return re.sub(r"<div[^>]*><dt>command</dt><dd>.*?</dd>", "COMMAND", text)


@pytest.fixture
def doors(story: Story, monkeypatch: pytest.MonkeyPatch) -> Sequence[tuple[Rows, str]]:
    story.write("suites/shout.eval.yaml", TASK)
    monkeypatch.chdir(story.path)
    by_pytest(story, ".evalkit/first.duckdb", "off")  # fills the cache of responses
    found = []
    for door in (by_pytest, by_command, by_python):
        name = door.__name__
        door(story, f".evalkit/{name}.duckdb", f"{name}.html")
        run_id, stored = rows(story.path / f".evalkit/{name}.duckdb")
        found.append((stored, page(story.path / f"{name}.html", run_id)))
    return found


def test_every_door_stores_the_same_rows_and_writes_the_same_report(
    doors: Sequence[tuple[Rows, str]],
) -> None:
    (expected, report), *others = doors
    assert {each["verdict"] for each in expected["verdicts"]} >= {"pass", "fail", "undecided"}
    for stored, other in others:
        for table in TABLES:
            assert stored[table] == expected[table], table
        assert other.splitlines() == report.splitlines()

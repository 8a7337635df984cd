"""`evalkit run --dry-run`: what would be asked, without asking, storing, or a key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.cli import main

TASK = """
task: shout
prompt: "Shout {{ input }}!"
generate: {max_tokens: 20}
samples:
  - {id: a, input: one, target: ONE}
  - {id: b, input: two, target: TWO}
  - {id: c, input: three, target: THREE}
metrics: [accuracy]
"""
APP = """
def told(text):
    return {"output": text.upper(), "prompt_tokens": 5, "completion_tokens": 4}
"""
OPENAI = "openai/gpt-4o-mini?input_usd_per_mtok=1&output_usd_per_mtok=10"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites/shout.eval.yaml").write_text(TASK)
    (tmp_path / f"app_{tmp_path.name}.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return tmp_path


def run(*words: str) -> int:
    return main(["run", "suites", *words])


def dry(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert run("--dry-run", "--json", *words) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_it_needs_no_key_and_leaves_nothing_behind(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path.name for path in project.iterdir()}
    found = dry(capsys, f"--model={OPENAI}", "--repeats=2")
    (one,) = found["evaluations"]
    assert (one["n_samples"], one["n_calls"], one["completion_most"]) == (3, 6, 120)
    assert not one["is_counted"]
    assert one["cost_usd"]["most"] == pytest.approx((one["prompt_tokens"] + 120 * 10) / 1e6)
    assert {path.name for path in project.iterdir()} - before <= {"__pycache__"}


def test_what_the_cache_has_is_not_asked_and_earlier_answers_tell_the_length(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = f"--model=python:app_{project.name}:told?revision=1"
    assert run(model, "--limit=2", "--report=off") == 0
    (one,) = dry(capsys, model)["evaluations"]
    assert (one["n_calls"], one["n_cached"]) == (1, 2)
    assert (one["prompt_tokens"], one["completion_expected"], one["n_earlier"]) == (5, 4.0, 2)


def test_it_shows_a_table_with_estimates_marked(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(f"--model={OPENAI}", "--dry-run") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "task",
        "subject",
        "samples",
        "calls",
        "cached",
        "tokens",
        "in",
        "tokens",
        "out",
        "cost",
    ]
    assert "~" in lines[1]
    assert "<= 60" in lines[1]
    assert lines[-1] == "nothing was asked, and nothing stored"


@pytest.mark.parametrize("word", ["--save-baseline=main", "--report=report.html"])
def test_what_makes_no_sense_is_refused(project: Path, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(f"--model={OPENAI}", "--dry-run", word) == 4
    assert "a dry run asks nothing" in capsys.readouterr().err


def test_a_task_that_cannot_be_asked_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "suites/other.eval.yaml").write_text(
        "task: other\nprompt: x\ndataset: {file: missing.jsonl}\nmetrics: [accuracy]\n"
    )
    run(f"--model={OPENAI}", "--dry-run")
    captured = capsys.readouterr()
    assert "missing.jsonl" in captured.out + captured.err

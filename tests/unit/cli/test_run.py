"""`evalkit run`: an evaluation without pytest, and the status that it ends with."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.cli import main
from evalkit.store.store import Store

TASK = """
task: shout
samples:
  - {id: a, input: one, target: ONE}
  - {id: b, input: two, target: TWO}
metrics: [accuracy]
gates: [accuracy >= 0.9]
"""
APP = """
import evalkit

def right(text):
    return text.upper()

def wrong(text):
    return "?"

def stopped(text):
    raise KeyboardInterrupt
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites/shout.eval.yaml").write_text(TASK)
    (tmp_path / f"app_{tmp_path.name}.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(project: Path, model: str, *words: str) -> int:
    return main(["run", "suites", f"--model=python:app_{project.name}:{model}", "--report=off", *words])


def test_it_ends_with_0_where_every_gate_passes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "right") == 0
    assert "✓ pass      accuracy >= 0.9" in capsys.readouterr().out


def test_it_ends_with_1_where_one_does_not(project: Path) -> None:
    assert run(project, "wrong") == 1


def test_a_quiet_run_that_passes_says_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "right", "--quiet") == 0
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""


def test_an_interrupted_run_ends_with_2_and_keeps_what_came(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("evalkit.session.session.EvalSession.outcome", interrupted)
    assert run(project, "right") == 2
    with Store.open(project / ".evalkit/results.duckdb") as store:
        assert store.run("latest").status == "interrupted"


def test_the_environment_gives_what_the_command_line_does_not(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVALKIT_MODEL", f"python:app_{project.name}:wrong")
    monkeypatch.setenv("EVALKIT_LIMIT", "1")
    assert main(["run", "suites", "--report=off"]) == 1
    with Store.open(project / ".evalkit/results.duckdb") as store:
        (evaluation,) = store.evaluations(store.run("latest").run_id)
    assert evaluation.n_samples == 1


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["suites"], "no model is given (add --model=SPEC"),
        (["nowhere", "--model=python:app:f"], "nowhere: there is no such file or folder"),
        (["suites", "--llm-model=python:app:f"], "here they stand without llm-"),
        (["suites", "--model=python:app:f", "--limit=none"], "--limit=none: give a whole number"),
        (["suites", "--model=none/none"], "unknown model provider 'none'"),
        (["app.txt", "--model=python:app:f"], "app.txt: this is not a task file"),
        (["empty", "--model=python:app:f"], "there is no task in empty"),
        (["bad.py", "--model=python:app:f"], "bad.py: the module cannot be imported: ZeroDivisionError"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_status_4(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], text: str
) -> None:
    (project / "app.txt").write_text("")
    (project / "bad.py").write_text("1 / 0")
    (project / "empty").mkdir()
    assert main(["run", *words]) == 4
    error = capsys.readouterr().err
    assert text in error
    assert error.count("\n") == 1


def test_tasks_of_python_modules_are_found_in_folders_and_by_name(project: Path) -> None:
    module = project / "suites/test_more.py"
    module.write_text(
        "import evalkit\n"
        "own = evalkit.Task(task='own', samples=[{'id': '1', 'input': 'x', 'target': 'X'}])\n"
        "many = [own, evalkit.Task(task='other', samples=[{'id': '1', 'input': 'y', 'target': 'Y'}])]\n"
    )
    assert run(project, "right") == 0
    with Store.open(project / ".evalkit/results.duckdb") as store:
        found = [each.task for each in store.evaluations(store.run("latest").run_id)]
    assert found == ["shout", "own", "other"]


def test_a_path_behind_an_option_without_a_value_is_a_suite(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = [f"--model=python:app_{project.name}:{name}" for name in ("right", "wrong")]
    assert main(["run", *models, "--report=off", "--tournament", "suites"]) == 1
    assert "Tournament in accuracy of shout" in capsys.readouterr().out


def test_a_baseline_that_no_gate_compares_with_is_said(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "right", "--baseline=mian") == 0
    assert "note: baseline mian: nothing was compared with it" in capsys.readouterr().out


def test_a_baseline_that_a_gate_compares_with_needs_no_note(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = TASK.replace("[accuracy >= 0.9]", "[accuracy >= 0.9, regression: accuracy]")
    (project / "suites/shout.eval.yaml").write_text(text)
    run(project, "right", "--baseline=main")
    assert "nothing was compared with it" not in capsys.readouterr().out


def test_a_sample_that_no_task_has_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "right", "--sample=a,c") == 0
    assert "note: no task that was selected has a sample 'c'" in capsys.readouterr().out

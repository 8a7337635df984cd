"""``evalkit init``: what a repository starts with."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from evalkit.cli import main
from evalkit.cli.init import workflow
from evalkit.tasks.taskfile import load_task_file

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def job(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text)["jobs"]["evaluate"]
    return found


def step(text: str, name: str) -> dict[str, Any]:
    """By its name, else by the action that it uses."""
    return next(each for each in job(text)["steps"] if name in (each.get("name"), each.get("uses")))


def test_a_new_repository_gets_a_suite_a_workflow_and_an_ignore_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--model=openai/gpt-5-mini"]) == 0
    assert "run: pytest suites --llm-model=openai/gpt-5-mini" in capsys.readouterr().out
    (task,) = load_task_file(folder / "suites/example/intent.eval.yaml")
    assert len(task.gates) == 3
    written = (folder / ".github/workflows/evalkit.yml").read_text()
    assert step(written, "Evaluate")["env"]["EVALKIT_MODEL"] == "openai/gpt-5-mini"
    assert (folder / ".gitignore").read_text() == ".evalkit/\nreports/\n"


def test_gitlab_is_asked_for_or_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--ci=gitlab", "--json"]) == 0
    assert ".gitlab-ci.yml" in json.loads(capsys.readouterr().out)["written"]
    assert "evaluate" in yaml.safe_load((folder / ".gitlab-ci.yml").read_text())


def test_a_second_time_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    main(["init"])
    capsys.readouterr()
    assert main(["init", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["written"] == []


def test_a_file_that_differs_is_never_lost(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = folder / ".github/workflows/evalkit.yml"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    assert main(["init"]) == 4
    assert ".github/workflows/evalkit.yml: is there and differs" in capsys.readouterr().err
    assert not (folder / "suites").exists()
    assert main(["init", "--force"]) == 0
    assert mine.read_text() != "mine"


def test_the_ignore_file_keeps_what_it_has(folder: Path) -> None:
    (folder / ".gitignore").write_text("*.pyc\nreports/")
    main(["init", "--ci=none"])
    assert (folder / ".gitignore").read_text() == "*.pyc\nreports/\n.evalkit/\n"


@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_the_docs_show_the_workflow_that_is_written(host: str) -> None:
    text = workflow(host, "openai/gpt-4o-mini")
    assert f"```yaml\n{text}```" in (ROOT / "docs/how-to/ci.md").read_text()


@pytest.mark.parametrize("model", ["openai/m?temperature=0&seed=1", "python:app:a 'b' \"c\"; rm -rf #x"])
def test_no_character_of_a_model_reaches_a_shell_or_breaks_the_yaml(
    model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    github, gitlab = workflow("github", model), yaml.safe_load(workflow("gitlab", model))["evaluate"]
    assert step(github, "Evaluate")["env"]["EVALKIT_MODEL"] == model
    assert gitlab["variables"]["EVALKIT_MODEL"] == model
    assert not [text for text in (step(github, "Evaluate")["run"], *gitlab["script"]) if model in text]
    main(["init", "--ci=none", f"--model={model}"])
    assert shlex.split(capsys.readouterr().out.splitlines()[-1])[-1] == f"--llm-model={model}"


def test_a_model_without_a_key_asks_for_no_secret_and_fetches_its_weights() -> None:
    text = workflow("github", "local/smollm2")
    assert "secrets." not in text
    assert "pip install 'pytest-evalkit[local]' && evalkit setup local" in text
    assert "secrets.OPENAI_API_KEY" in workflow("github", "openai/gpt-5-mini")


def test_a_model_of_an_unknown_provider_writes_nothing_and_names_one_that_is_near(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--model=opnai/gpt-5-mini"]) == 4
    assert "unknown model provider 'opnai' (did you mean openai?)" in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_a_pull_request_of_a_fork_is_left_alone_and_rights_are_the_least() -> None:
    text = workflow("github", "openai/m")
    assert "head.repo.full_name == github.repository" in job(text)["if"]
    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
    assert job(text)["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert "pull_request_target" not in text


def test_no_text_of_a_pull_request_is_put_into_a_script() -> None:
    text = workflow("github", "openai/m")
    assert not [each for each in job(text)["steps"] if "${{" in each.get("run", "")]


def test_failed_nights_are_kept_and_asked_without_the_cache() -> None:
    text = workflow("github", "openai/m")
    assert step(text, "actions/cache/save@v5")["if"] == "${{ !cancelled() }}"
    assert "'schedule' && 'refresh'" in step(text, "Evaluate")["env"]["EVALKIT_CACHE"]
    assert step(text, "Drift")["run"] == "evalkit drift --html reports/drift.html"


def test_the_script_of_gitlab_keeps_the_status_of_pytest_and_of_drift(folder: Path) -> None:
    script = yaml.safe_load(workflow("gitlab", "openai/m"))["evaluate"]["script"][-1]
    (folder / "bin").mkdir()
    for command, status in (("pytest", 1), ("evalkit", 0)):
        program = folder / "bin" / command
        program.write_text(f"#!/bin/sh\nexit {status}\n")
        program.chmod(0o755)
    for source in ("schedule", "push"):
        environment = {"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "CI_PIPELINE_SOURCE": source}
        assert subprocess.run(["sh", "-e", "-c", script], env=environment, check=False).returncode == 1

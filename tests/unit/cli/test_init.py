"""``evalkit init``: what a repository starts with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from evalkit.cli import main
from evalkit.tasks.taskfile import load_task_file

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_new_repository_gets_a_suite_a_workflow_and_an_ignore_file(folder, capsys):
    assert main(["init", "--model=openai/gpt-5-mini"]) == 0
    assert "run: pytest suites --llm-model=openai/gpt-5-mini" in capsys.readouterr().out
    (task,) = load_task_file(folder / "suites/example/intent.eval.yaml")
    assert len(task.gates) == 3
    workflow = (folder / ".github/workflows/evalkit.yml").read_text()
    assert "--llm-model=openai/gpt-5-mini" in workflow
    assert yaml.safe_load(workflow)["jobs"]["evaluate"]["steps"]
    assert (folder / ".gitignore").read_text() == ".evalkit/\nreports/\n"


def test_gitlab_is_asked_for_or_found(folder, capsys):
    assert main(["init", "--ci=gitlab", "--json"]) == 0
    assert ".gitlab-ci.yml" in json.loads(capsys.readouterr().out)["written"]
    assert "evaluate" in yaml.safe_load((folder / ".gitlab-ci.yml").read_text())


def test_a_second_time_changes_nothing(capsys):
    main(["init"])
    capsys.readouterr()
    assert main(["init", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["written"] == []


def test_a_file_that_differs_is_never_lost(folder, capsys):
    mine = folder / ".github/workflows/evalkit.yml"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    assert main(["init"]) == 4
    assert ".github/workflows/evalkit.yml: is there and differs" in capsys.readouterr().err
    assert not (folder / "suites").exists()
    assert main(["init", "--force"]) == 0
    assert mine.read_text() != "mine"


def test_the_ignore_file_keeps_what_it_has(folder):
    (folder / ".gitignore").write_text("*.pyc\nreports/")
    main(["init", "--ci=none"])
    assert (folder / ".gitignore").read_text() == "*.pyc\nreports/\n.evalkit/\n"


@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_the_docs_show_the_workflow_that_is_written(host):
    text = (ROOT / f"evalkit/cli/templates/{host}.yml").read_text().replace("$MODEL", "openai/gpt-4o-mini")
    assert f"```yaml\n{text}```" in (ROOT / "docs/ci.md").read_text()

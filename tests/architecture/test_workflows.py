"""The workflows and hooks of this repository run what is there, with the least rights."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture.makefile import targets
from tests.architecture.tree import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))
#: What a fresh machine of the host has.
PROGRAMS = {"sudo"}

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def read(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def steps(path: Path) -> Iterator[dict[str, Any]]:
    for job in read(path)["jobs"].values():
        yield from job["steps"]


@each_workflow
def test_every_command_is_there(path: Path) -> None:
    for step in steps(path):
        for command in re.split(r"&&|\n", step.get("run", "")):
            words = shlex.split(command)
            if words and words[0] == "make":
                assert set(words[1:]) <= targets()
            else:
                assert not words or words[0] in PROGRAMS


@each_workflow
def test_a_workflow_may_read_and_no_more(path: Path) -> None:
    found = read(path)
    assert found["permissions"] == {"contents": "read"}
    assert not [name for name, job in found["jobs"].items() if "permissions" in job]
    # YAML 1.1 reads the key "on" as true.
    assert "pull_request_target" not in found[True]


@each_workflow
def test_a_later_commit_ends_the_run_before_and_no_job_runs_for_hours(path: Path) -> None:
    found = read(path)
    assert "cancel-in-progress" in found["concurrency"]
    assert all(job["timeout-minutes"] <= 60 for job in found["jobs"].values())


@each_workflow
def test_actions_are_pinned_and_the_checkout_keeps_no_credentials(path: Path) -> None:
    used = [step for step in steps(path) if "uses" in step]
    assert all(re.search(r"@(v\d+|[0-9a-f]{40})$", step["uses"]) for step in used)
    checkouts = [step for step in used if step["uses"].startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@each_workflow
def test_no_text_of_others_is_put_into_a_script(path: Path) -> None:
    assert not [step for step in steps(path) if "${{" in step.get("run", "")]


def test_the_tests_run_on_every_python_that_the_package_names_and_on_linux_and_macos() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = re.findall(r"Python :: (\d\.\d+)", "\n".join(project["classifiers"]))
    matrix = read(ROOT / ".github/workflows/tests.yml")["jobs"]["fast"]["strategy"]["matrix"]
    assert matrix["python"] == named
    assert [name.partition("-")[0] for name in matrix["os"]] == ["ubuntu", "macos"]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_a_form_asks_for_something(path: Path) -> None:
    found = read(path)
    if path.name == "config.yml":
        assert found["contact_links"]
        return
    assert found["name"]
    assert found["description"]
    ids = [each["id"] for each in found["body"]]
    assert ids
    assert len(set(ids)) == len(ids)


def test_local_hooks_run_what_lint_runs() -> None:
    repos = read(ROOT / ".pre-commit-config.yaml")["repos"]
    (local,) = [each for each in repos if each["repo"] == "local"]
    entries = [shlex.split(hook["entry"])[0].removeprefix(".venv/") for hook in local["hooks"]]
    lint = re.findall(r"^\t\$\(BIN\)/([\w-]+)", _recipe("lint"), re.MULTILINE)
    assert {f"bin/{name}" for name in lint} == set(entries)


def _recipe(target: str) -> str:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return re.split(rf"^{target}:.*\n", makefile, flags=re.MULTILINE)[1].partition("\n\n")[0]

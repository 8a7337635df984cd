"""A session on a CI host."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from tests.story import Story


@pytest.fixture(autouse=True)
def _no_host(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "GITLAB_CI", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)


WORSE = "python:app:lower"


@pytest.mark.parametrize("workers", [(), ("-n", "1")])
def test_github_gets_annotations_and_a_summary(
    story: Story, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(story.path / "summary.md"))
    result = story.run(*workers, model=WORSE)
    result.stdout.fnmatch_lines(
        ["::error file=suites/shout.eval.yaml,line=6,title=evalkit fail*accuracy >= 0.5::accuracy 0.000*"]
    )
    summary = (story.path / "summary.md").read_text()
    assert summary.startswith("### evalkit: ✗ A gate failed: 1 of 1 gate failed")


def test_gitlab_gets_its_report(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("CI_PROJECT_DIR", str(story.path.parent))
    result = story.run(model=WORSE)
    result.stdout.fnmatch_lines(["code quality: reports/gl-code-quality-report.json"])
    (entry,) = json.loads((story.path / "reports/gl-code-quality-report.json").read_text())
    assert entry["location"]["path"] == f"{story.path.name}/suites/shout.eval.yaml", "from the checkout on"


def test_elsewhere_nothing_is_said(story: Story) -> None:
    result = story.run(model=WORSE)
    result.stdout.no_fnmatch_line("::error*")
    result.stdout.no_fnmatch_line("code quality*")


def test_a_host_can_be_switched_off(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    story.run("--llm-ci=off", model=WORSE).stdout.no_fnmatch_line("::error*")


def test_an_unknown_host_is_a_usage_error(story: Story) -> None:
    result = story.run("--llm-ci=jenkins")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*--llm-ci=jenkins: choose from auto, github, gitlab, off*"])


def test_junit_has_the_verdict_and_its_numbers(story: Story) -> None:
    story.run("--junit-xml=junit.xml", model=WORSE)
    properties = {
        each.get("name"): each.get("value")
        for each in ElementTree.parse(story.path / "junit.xml").iter("property")
    }
    assert properties["verdict"] == "fail"
    assert str(properties["detail"]).startswith("accuracy 0.000")
    assert (float(str(properties["value"])), properties["n"]) == (0.0, "10")

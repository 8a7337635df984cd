"""Where a comment's links lead: the address that a CI host gives, or the name of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.report.ci_host import comment_room, summary_room
from evalkit.report.collect import collect
from evalkit.report.markdown import markdown
from evalkit.report.place import Place, is_web, place_of
from tests.unit.report.memory_source import regressed

FOLDER = Path("/builds/shop")
REPORT = FOLDER / "reports/run b.html"


def test_gitlab_serves_the_file_itself_at_an_address_known_beforehand() -> None:
    host = {"GITLAB_CI": "true", "CI_JOB_URL": "https://gitlab.com/g/shop/-/jobs/7"}
    url = "https://gitlab.com/g/shop/-/jobs/7/artifacts/file/reports/run%20b.html"
    assert place_of(REPORT, FOLDER, host) == Place(url=url, file="reports/run b.html")


@pytest.mark.parametrize(
    "host, page",
    [
        (
            {
                "GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com",
                "GITHUB_REPOSITORY": "g/shop", "GITHUB_RUN_ID": "7",
            },
            "https://github.com/g/shop/actions/runs/7#artifacts",
        ),
        (
            {
                "BUILD_BUILDID": "7", "SYSTEM_COLLECTIONURI": "https://dev.azure.com/g/",
                "SYSTEM_TEAMPROJECT": "a b",
            },
            "https://dev.azure.com/g/a%20b/_build/results?buildId=7&view=artifacts",
        ),
        (
            {"BITBUCKET_BUILD_NUMBER": "7", "BITBUCKET_GIT_HTTP_ORIGIN": "https://bitbucket.org/g/shop"},
            "https://bitbucket.org/g/shop/pipelines/results/7",
        ),
        ({}, ""),
    ],
    ids=["github", "azure", "bitbucket", "none"],
)  # fmt: skip
def test_other_hosts_have_a_page_of_artefacts(host: dict[str, str], page: str) -> None:
    assert place_of(REPORT, FOLDER, host) == Place(page=page, file="reports/run b.html")


def test_an_address_that_was_named_wins() -> None:
    host = {
        "EVALKIT_REPORT_URL": "https://x.org/7/run.html#top",
        "GITLAB_CI": "true",
        "CI_JOB_URL": "https://y",
    }
    assert place_of(REPORT, FOLDER, host).url == "https://x.org/7/run.html"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file:///etc/passwd",
        "javascript:x",
        "https://",
        "https://a/(b)",
        "https://a/ b",
        "https://me:pw@a/b",
    ],
)
def test_what_is_no_plain_address_is_not_linked_to(url: str) -> None:
    assert not is_web(url)


def test_samples_are_linked_one_by_one_and_all_together() -> None:
    text = markdown(collect(regressed(), "run-b"), place=Place(url="https://x.org/r.html", file="r.html"))
    where = "https://x.org/r.html#samples?"
    assert f"| [s1]({where}sample=support%2Fintents/local%2Fsmall%23short/s1) | Question 1? |" in text
    assert f"({where}task=support%2Fintents&subject=local%2Fsmall%23short&kind=loss)" in text


def test_without_an_address_the_comment_names_file_and_fragment() -> None:
    text = markdown(collect(regressed(), "run-b"), place=Place(page="https://x.org/7", file="reports/r.html"))
    assert "The report: `reports/r.html`, among the [artefacts of this run](https://x.org/7)" in text
    assert "All of them: `reports/r.html#samples?task=support%2Fintents&subject=" in text


def test_the_room_of_a_comment_is_the_hosts() -> None:
    assert comment_room({"BITBUCKET_BUILD_NUMBER": "7"}) < 32_768 < comment_room({}) < 65_536


def test_the_room_of_a_summary_is_what_the_step_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "summary.md"
    path.write_bytes(b"x" * 1_000_000)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    assert 0 < summary_room() < 1024 * 1024 - 1_000_000

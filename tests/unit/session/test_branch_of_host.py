"""The branch of a run on CI hosts, which check commits out with a detached head."""

from __future__ import annotations

import pytest

from evalkit.session.provenance import branch_of_host

SHA = "0123abcd"


@pytest.mark.parametrize(
    ("environment", "branch"),
    [
        ({"CI_COMMIT_SHA": SHA, "CI_COMMIT_BRANCH": "feature/a b"}, "feature/a b"),
        ({"CI_COMMIT_SHA": "other", "CI_COMMIT_BRANCH": "main"}, None),
        ({"CI_COMMIT_SHA": SHA, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "topic"}, None),
        ({"GITHUB_SHA": SHA, "GITHUB_REF": "refs/heads/release/1.x"}, "release/1.x"),
        ({"GITHUB_SHA": SHA, "GITHUB_REF": "refs/pull/7/merge"}, None),
        ({"GITHUB_SHA": SHA, "GITHUB_REF": "refs/tags/v1"}, None),
        ({}, None),
    ],
    ids=["gitlab", "another checkout", "merge request", "github", "pull request", "tag", "no host"],
)
def test_only_the_head_of_a_branch_has_a_branch(environment: dict[str, str], branch: str | None) -> None:
    assert branch_of_host(environment, SHA) == branch


def test_outside_a_repository_no_host_names_a_branch() -> None:
    assert branch_of_host({"GITHUB_REF": "refs/heads/main"}, None) is None

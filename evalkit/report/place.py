"""Where readers of a comment find the report of it: an address that a CI host gives, or the file's name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

from evalkit.core.frozen import frozen
from evalkit.report.markdown_text import code

#: Names the address of the report to a command that writes a comment.
VARIABLE = "EVALKIT_REPORT_URL"

#: What ends the target of a link in Markdown, or begins something else.
_ENDING = frozenset(" <>()\\\"'`|[]")


@frozen(slots=True)
class Place:
    """Attributes:
    url: of the report itself, which a fragment may follow; else empty.
    page: of a page that the report can be fetched from; else empty.
    file: its name, for who has it.
    """

    url: str = ""
    page: str = ""
    file: str = ""

    def link(self, fragment: str) -> str:
        """An address of a place within the report; empty where only its file is known."""
        return f"{self.url}{fragment}" if self.url else ""

    def of_all(self, fragment: str) -> str:
        """A sentence of Markdown that leads to the rows of a filter; empty without a report."""
        if self.url:
            return f"[All of them in the report]({self.link(fragment)})"
        return f"All of them: {code(self.file + fragment, 600)}" if self.file else ""

    @property
    def told(self) -> str:
        """A sentence of Markdown: where the whole report is; empty without one."""
        if self.url:
            return f"[Open the report]({self.url})"
        if not self.file:
            return ""
        where = f", among the [artefacts of this run]({self.page})" if self.page else ""
        return f"The report: {code(self.file)}{where}"


def place_of(report: Path | None, folder: Path, environment: Mapping[str, str] = os.environ) -> Place:
    """Where the host of this session keeps ``report`` once its artefacts are there.

    Args:
        report: the file; None where there is none to link to.
        folder: the checkout, which paths of artefacts count from.

    GitLab serves a file of a job's artefacts at an address that is known beforehand, Azure and Bitbucket have
    a page of artefacts for each run (predefined variables of their documentation). GitHub tells the address
    after the upload, so its workflow says it in ``EVALKIT_REPORT_URL``.
    """
    if report is None:
        return Place()
    name = report.name
    path = report.resolve()
    inside = path.relative_to(folder.resolve()).as_posix() if path.is_relative_to(folder.resolve()) else ""
    if is_web(told := environment.get(VARIABLE, "")):
        return Place(url=told.partition("#")[0], file=inside or name)
    return _of_host(inside, name, environment)


def is_web(url: str) -> bool:
    """Whether it is an address that a comment may link to: without a name and password, blanks, and signs
    that end a link."""
    if any(sign in url for sign in _ENDING) or not url.isprintable():
        return False
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.netloc) and "@" not in parts.netloc


def _of_host(inside: str, name: str, environment: Mapping[str, str]) -> Place:
    job, build = environment.get("CI_JOB_URL", ""), environment.get("BUILD_BUILDID", "")
    file = inside or name
    if environment.get("GITLAB_CI") == "true" and is_web(job) and inside:
        return Place(url=f"{job}/artifacts/file/{quote(inside)}", file=file)
    if build and is_web(home := environment.get("SYSTEM_COLLECTIONURI", "")):
        project = quote(environment.get("SYSTEM_TEAMPROJECT", ""))
        page = f"{home}{project}/_build/results?buildId={quote(build)}&view=artifacts"
        return Place(page=page, file=file)
    if number := environment.get("BITBUCKET_BUILD_NUMBER", ""):
        origin = environment.get("BITBUCKET_GIT_HTTP_ORIGIN", "")
        if is_web(origin):
            return Place(page=f"{origin}/pipelines/results/{quote(number)}", file=file)
    server, repository = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_REPOSITORY", "")
    if environment.get("GITHUB_ACTIONS") == "true" and is_web(f"{server}/{repository}"):
        page = f"{server}/{repository}/actions/runs/{quote(environment.get('GITHUB_RUN_ID', ''))}"
        return Place(page=f"{page}#artifacts", file=file)
    return Place(file=file)

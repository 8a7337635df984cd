"""What CI hosts read besides the exit status: annotations of GitHub, code quality of GitLab."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import orjson

from evalkit.core.frozen import frozen
from evalkit.core.text import one_line, visible
from evalkit.core.verdict import Word

#: GitHub shows ten annotations of a kind for each step; what comes after is lost without a word.
MAX_ANNOTATIONS = 10

_COMMANDS: dict[Word, str] = {
    "fail": "error", "error": "error", "undecided": "warning", "recorded": "notice",
}  # fmt: skip
_SEVERITIES: dict[Word, str] = {
    "fail": "major", "error": "critical", "undecided": "info", "recorded": "info",
}  # fmt: skip


@frozen(slots=True)
class CiFinding:
    """A test item that did not simply pass.

    Attributes:
        path: of the task file, relative to the checkout; empty where it is not known.
        name: what of it: model and gate, or model and sample.
        line: of the file, counted from 1.
    """

    path: str
    name: str
    verdict: Word
    detail: str
    line: int = 1


def annotation_lines(findings: Sequence[CiFinding]) -> list[str]:
    """Workflow commands of GitHub Actions, failures before what is undecided, at most ten of a kind.

    Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
    """
    lines: list[str] = []
    for command in ("error", "warning", "notice"):
        found = [each for each in findings if _COMMANDS.get(each.verdict) == command]
        shown = found if len(found) <= MAX_ANNOTATIONS else found[: MAX_ANNOTATIONS - 1]
        lines += [_annotation(command, each) for each in shown]
        if len(shown) < len(found):
            rest = f"{len(found) - len(shown):,} more: see the summary of the step"
            lines.append(f"::{command} title=evalkit::{rest}")
    return lines


def code_quality(findings: Sequence[CiFinding]) -> str:
    """GitLab's code quality report, a JSON list; a finding keeps its fingerprint from run to run.

    Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
    """
    entries = [
        {
            "description": one_line(f"{each.verdict}: {each.name}: {each.detail}", 1_000),
            "check_name": "evalkit",
            "fingerprint": sha256(f"{each.path}::{each.name}".encode("utf-8", "replace")).hexdigest(),
            "severity": _SEVERITIES[each.verdict],
            "location": {"path": visible(each.path), "lines": {"begin": each.line}},
        }
        for each in findings
        if each.verdict in _SEVERITIES
    ]
    return orjson.dumps(entries, option=orjson.OPT_INDENT_2).decode() + "\n"


def _annotation(command: str, finding: CiFinding) -> str:
    title = f"evalkit {finding.verdict}: {one_line(finding.name, 200)}"
    line = f"file={_property(finding.path)},line={finding.line}," if finding.path else ""
    place = f"{line}title={_property(title)}"
    return f"::{command} {place}::{_message(one_line(finding.detail, 1_000))}"


def _message(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")

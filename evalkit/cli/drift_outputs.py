"""What ``evalkit drift`` writes beside its text: a page, Markdown, and what a CI host reads."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson

from evalkit.core.text import shown_path
from evalkit.drift.series import Series
from evalkit.drift.watched import Watched
from evalkit.errors import UsageError
from evalkit.report.ci import CiFinding, annotation_lines, code_quality
from evalkit.report.ci_host import CODE_QUALITY, add_to_summary, detect, inside_checkout
from evalkit.report.text_file import write_text

#: Folders that hold no task files of the project.
_NOT_OURS = frozenset(("node_modules", "build", "dist", "venv"))


def write_outputs(watched: Watched, arguments: argparse.Namespace) -> list[str]:
    """Write what was asked for; lines for the terminal. Raises UsageError where a file cannot be written."""
    from evalkit.report.drift_html import render_drift
    from evalkit.report.drift_markdown import drift_markdown

    if arguments.html is not None:
        write_text(render_drift(watched), arguments.html)
    if arguments.markdown is not None:
        write_text(drift_markdown(watched), arguments.markdown)
    host = detect(arguments.ci)
    if host == "github":
        try:
            add_to_summary(drift_markdown(watched))
        except OSError as error:
            raise UsageError(f"the summary of the step cannot be written: {error.strerror}") from None
        return annotation_lines(_findings(watched, inside_checkout(host, Path())))
    if host == "gitlab":
        path = _add_code_quality(_findings(watched, inside_checkout(host, Path())))
        return [f"code quality: {shown_path(path, Path.cwd())}"]
    return []


def _findings(watched: Watched, prefix: Path) -> list[CiFinding]:
    """What stands worse, at its task's file; empty where that is not below this folder."""
    files = _task_files(Path()) if watched.names_of_worse else {}
    places = {task: (prefix / path).as_posix() for task, path in files.items()}
    told = [(each.series, f"{each.recommendation}. {each.cause_text}") for each in watched.worse]
    said = {series.name for series, _ in told}
    told += [(each.series, each.text) for each in watched.departed if each.series.name not in said]
    return [CiFinding(places.get(each.last.task, ""), _name(each), "fail", text) for each, text in told]


def _name(series: Series) -> str:
    task, _, _, metric = series.name
    return f"drift of {task} · {series.subject} · {metric}"


def _task_files(root: Path) -> dict[str, Path]:
    """Task name to its file, of the task files under ``root``; the store does not keep where a task lies."""
    found: dict[str, Path] = {}
    for path in _walk(root):
        name = re.search(r"(?m)^task:[ \t]*[\"']?([^\s\"'#]+)", path.read_text("utf-8", "replace")[:10_000])
        if name is not None:
            found.setdefault(name[1], path)
    return found


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            if not path.name.startswith(".") and path.name not in _NOT_OURS:
                yield from _walk(path)
        elif path.name.endswith(".eval.yaml") and path.is_file():
            yield path


def _add_code_quality(findings: Sequence[CiFinding]) -> Path:
    """Beside what the session of the same job wrote there, in place of what an earlier look wrote."""
    new = orjson.loads(code_quality(findings))
    mine = {"check_name": "evalkit drift"}
    placed = [{**each, **mine, "location": _location(each)} for each in new]
    kept = [
        each for each in _stored() if not isinstance(each, dict) or each.get("check_name") != "evalkit drift"
    ]
    text = orjson.dumps([*kept, *placed], option=orjson.OPT_INDENT_2).decode() + "\n"
    return write_text(text, Path.cwd() / CODE_QUALITY)


def _location(entry: dict[str, object]) -> object:
    """GitLab shows nothing that has no file."""
    location = entry["location"]
    assert isinstance(location, dict)
    return {**location, "path": location["path"] or "suites"}


def _stored() -> list[object]:
    try:
        found = orjson.loads(CODE_QUALITY.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return []
    return found if isinstance(found, list) else []

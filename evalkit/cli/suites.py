"""``evalkit suites list|add``: the benchmarks that come with evalkit, ready to copy and edit."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from evalkit.cli.catalogue import COLUMNS, ShelvedSuite, ShelvedTask, find_suite, shelved_suites
from evalkit.cli.printing import print_json, print_table, say
from evalkit.cli.shared_options import add_shared_options
from evalkit.core.text import plural
from evalkit.errors import UsageError

HELP = "list the benchmarks that come with evalkit, or copy some into this repository"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="list the catalogue; with NAME, the tasks of that suite")
    listing.add_argument("names", nargs="*", metavar="NAME")
    listing.add_argument("--markdown", action="store_true", help="one table of all tasks, for a page")
    adding = actions.add_parser("add", help="copy suites and their cards")
    adding.add_argument("names", nargs="+", metavar="NAME", help="a name that 'evalkit suites list' shows")
    what = "folder to copy to (default suites/)"
    adding.add_argument("--into", type=Path, default=Path("suites"), metavar="FOLDER", help=what)
    adding.add_argument("--force", action="store_true", help="overwrite files that differ")
    for action in (listing, adding):
        add_shared_options(action)


def run(arguments: argparse.Namespace) -> int:
    return _list(arguments) if arguments.action == "list" else _add(arguments)


def _list(arguments: argparse.Namespace) -> int:
    suites = [find_suite(name) for name in arguments.names] or shelved_suites()
    if arguments.json:
        print_json([_as_json(suite) for suite in suites])
    elif arguments.markdown:
        say(markdown_table(suites))
    elif arguments.names:
        rows = [task for suite in suites for task in suite.tasks]
        print_table(
            ("suite", "task", "samples", "metric", "few-shot"),
            [tuple(map(_plain, (t.suite, t.task, t.samples, t.metric, t.fewshot))) for t in rows],
            right=("samples",),
        )
    else:
        print_table(
            ("suite", "tasks", "what"),
            [(suite.name, len(suite.tasks), suite.summary) for suite in suites],
            right=("tasks",),
            whole=("suite",),
        )
    return 0


def markdown_table(suites: Sequence[ShelvedSuite]) -> str:
    """All tasks of ``suites`` in one Markdown table, a row for each row of their cards."""
    header = ("suite", *COLUMNS)
    rows = [_cells(task) for suite in suites for task in suite.tasks]
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, ("---",) * len(header), *rows))


def _cells(task: ShelvedTask) -> tuple[str, ...]:
    name, *rest = asdict(task).values()
    return (f"[{name}](../../suites/{name}/README.md)", *rest)


def _plain(text: str) -> str:
    return text.replace("`", "")


def _as_json(suite: ShelvedSuite) -> dict[str, object]:
    return {
        "suite": suite.name,
        "title": suite.title,
        "summary": suite.summary,
        "path": str(suite.path),
        "tasks": [{key: _plain(value) for key, value in asdict(task).items()} for task in suite.tasks],
    }


def _add(arguments: argparse.Namespace) -> int:
    suites = [find_suite(name) for name in dict.fromkeys(arguments.names)]
    if not arguments.force:
        _refuse_changed(suites, arguments.into)
    added = [{"suite": suite.name, "path": str(_copy(suite, arguments.into))} for suite in suites]
    if arguments.json:
        print_json(added)
        return 0
    for suite, each in zip(suites, added, strict=True):
        say(f"{each['path']}: {plural(len(list(suite.files())), 'file')}, {suite.title}")
    say("run: pytest " + " ".join(each["path"] for each in added) + " --llm-model=MODEL")
    return 0


def _refuse_changed(suites: Sequence[ShelvedSuite], into: Path) -> None:
    """Nothing is copied while one file would be lost: a suite is the user's own once it was added."""
    for suite in suites:
        for file in suite.files():
            there = into / suite.name / file
            if there.exists() and (
                not there.is_file() or there.read_bytes() != (suite.path / file).read_bytes()
            ):
                raise UsageError(
                    f"{suite.name} would overwrite a file that differs",
                    where=str(there),
                    hint="move it, or add --force",
                )


def _copy(suite: ShelvedSuite, into: Path) -> Path:
    target = into / suite.name
    try:
        for file in suite.files():
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            if not (target / file).exists() or not (target / file).samefile(suite.path / file):
                shutil.copyfile(suite.path / file, target / file)
    except OSError as error:
        raise UsageError(f"cannot copy {suite.name}: {error.strerror or error}", where=str(target)) from error
    return target

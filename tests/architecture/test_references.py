"""Pages against what they refer to: headings of each other, and the options of the commands."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from importlib import import_module
from keyword import iskeyword
from pathlib import Path

import pytest

from evalkit.cli.program import COMMANDS, WITHIN
from tests.architecture.tree import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The ids that hosts give to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        yield from (word for word in action.option_strings if word.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from options(command)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_to_a_heading_leads_to_one(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]*)#([^)]+)\)", FENCED.sub("", page.read_text("utf-8")))
    lost = [(to, name) for to, name in links if name not in anchors(page.parent / to if to else page)]
    assert lost == []


@pytest.mark.parametrize(
    "command", [*COMMANDS, *(f"{name} {word}" for name in WITHIN for word in WITHIN[name])]
)
def test_the_page_of_commands_names_every_option_of_a_command(command: str) -> None:
    parser = argparse.ArgumentParser()
    module = command.replace(" ", "_") + "_" * iskeyword(command)
    import_module(f"evalkit.cli.{module}").add_arguments(parser)
    text = (ROOT / "docs/reference/cli.md").read_text("utf-8")
    section = re.split(r"(?m)^## ", text.partition(f"## `evalkit {command}`")[2])[0]
    assert set(options(parser)) - {"--help", "--json", "--store"} <= set(
        re.findall(r"--[a-z][\w-]*", section)
    )

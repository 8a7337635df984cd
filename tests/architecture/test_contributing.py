"""CONTRIBUTING.md names files, targets and pages that are there."""

from __future__ import annotations

import re

import pytest

from evalkit.registry import GATES, MODELS
from tests.architecture.makefile import targets
from tests.architecture.tree import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
#: Kind -> the files that are written and changed for it.
FILES = {
    kind: re.findall(r"`([^`]+)`", files)
    for kind, files in re.findall(r"^\| ([a-zC][\w \-CLI]*?) \| (`.*) \|$", PAGE, re.MULTILINE)
}
#: What stands for a name of one's own, as a whole part of a file's name.
NAME = re.compile(r"(?<![A-Za-z])(?!README)[A-Z]{2,}(?![A-Za-z])")


def test_every_kind_has_its_files() -> None:
    assert set(FILES) == {
        "provider", "metric", "scorer", "kind of gate", "field of a response", "section of the report",
        "command of the CLI", "suite", "migration of the store",
    }  # fmt: skip


@pytest.mark.parametrize("kind, file", [(kind, file) for kind, files in FILES.items() for file in files])
def test_every_file_is_there_or_has_the_form_of_files_that_are(kind: str, file: str) -> None:
    assert list(ROOT.glob(NAME.sub("*", file))), f"{kind}: no file is called like {file}"


@pytest.mark.parametrize("name", list(MODELS.builtin))
def test_a_provider_has_the_files_that_the_page_says(name: str) -> None:
    assert (ROOT / FILES["provider"][0].replace("PROVIDER", name)).is_file()


@pytest.mark.parametrize("name", list(GATES.builtin))
def test_a_kind_of_gate_has_the_files_that_the_page_says(name: str) -> None:
    assert [file for file in FILES["kind of gate"] if not (ROOT / file.replace("KIND", name)).is_file()] == []


def test_every_target_of_make_that_the_page_names_is_there() -> None:
    assert set(re.findall(r"`make ([\w-]+)`|^make ([\w-]+)", PAGE, re.MULTILINE)) <= {
        pair for name in targets() for pair in ((name, ""), ("", name))
    }


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md"])
def test_every_link_leads_to_a_file(page: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[\w-]+)?\)", (ROOT / page).read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / link).exists()] == []

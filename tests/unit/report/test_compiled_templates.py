"""Templates are compiled once for each installation."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from evalkit.report.compiled_templates import CompiledTemplates


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    (tmp_path / "page.j2").write_text("{{ 1 + 1 }} {{ name }}")
    return tmp_path


def painted(folder: Path, settings: str = "") -> str:
    env = Environment(loader=FileSystemLoader(folder), bytecode_cache=CompiledTemplates(folder, settings))
    return env.get_template("page.j2").render(name="a")


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("compiled again")


def test_a_compiled_template_is_not_compiled_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = painted(folder)
    monkeypatch.setattr(Environment, "compile", refuse)
    assert painted(folder) == first == "2 a"


def test_a_changed_template_or_setting_is(folder: Path) -> None:
    painted(folder)
    (folder / "page.j2").write_text("{{ name }}!")
    assert painted(folder) == "a!"
    painted(folder, "other")
    assert len(list((folder / "__pycache__").iterdir())) == 2


@pytest.mark.parametrize("kept", [0, 3, 60])
def test_a_damaged_file_is_replaced(folder: Path, kept: int) -> None:
    painted(folder)
    (file,) = (folder / "__pycache__").iterdir()
    file.write_bytes(file.read_bytes()[:kept])
    assert painted(folder) == "2 a"
    assert len(file.read_bytes()) > 60


def test_nothing_is_written_where_python_keeps_no_compiled_modules(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert painted(folder) == "2 a"
    assert not (folder / "__pycache__").exists()


def test_a_folder_that_takes_no_file_takes_nothing_from_the_report(folder: Path) -> None:
    (folder / "__pycache__").write_text("in the way")
    assert painted(folder) == "2 a"

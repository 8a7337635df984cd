"""Finding Java: what is there, what is not, what does not start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evalkit.metrics.captions.engine.java import MissingJavaError, find_java


def write_launcher(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    launcher = folder / "java"
    launcher.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    launcher.chmod(0o755)
    return launcher


@pytest.fixture(autouse=True)
def no_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.delenv("JAVA_HOME", raising=False)


@pytest.mark.parametrize("said, version", [("17.0.15", 17), ("1.8.0_392", 8), ("21", 21), ("11.0.2", 11)])
def test_the_version_is_read_from_what_java_says(tmp_path: Path, said: str, version: int) -> None:
    launcher = write_launcher(tmp_path / "path", f"""echo 'openjdk version "{said}" 2025-04-15' >&2""")
    java = find_java()
    assert (java.path, java.version) == (launcher, version)


def test_java_home_goes_before_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_launcher(tmp_path / "path", """echo 'openjdk version "17"' >&2""")
    launcher = write_launcher(tmp_path / "home/bin", """echo 'openjdk version "11"' >&2""")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    assert find_java().path == launcher


def test_a_home_without_java_leaves_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    launcher = write_launcher(tmp_path / "path", """echo 'openjdk version "17"' >&2""")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nothing"))
    assert find_java().path == launcher


def test_options_from_the_environment_do_not_hide_the_version(tmp_path: Path) -> None:
    said = """echo 'Picked up JAVA_TOOL_OPTIONS: -Xmx1g' >&2; echo 'openjdk version "17.0.1"' >&2"""
    write_launcher(tmp_path / "path", said)
    assert find_java().version == 17


def test_no_java_is_one_line_that_says_what_to_install() -> None:
    with pytest.raises(MissingJavaError) as caught:
        find_java()
    assert "install a Java runtime" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_java_that_does_not_start_is_named_with_what_it_said(tmp_path: Path) -> None:
    launcher = write_launcher(tmp_path / "path", "echo 'Unable to locate a Java Runtime.' >&2; exit 1")
    with pytest.raises(MissingJavaError, match=r"Unable to locate a Java Runtime") as caught:
        find_java()
    assert caught.value.where == str(launcher)
    assert os.linesep not in str(caught.value)

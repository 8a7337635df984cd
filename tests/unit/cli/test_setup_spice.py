"""``evalkit setup spice`` and what ``evalkit doctor`` says of Java and the jars."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalkit.cli import main
from evalkit.downloads import maven
from evalkit.metrics.captions.engine.scenes import jars
from tests.java_programs import stand_in
from tests.unit.downloads.test_downloads import CLOSED, JAR, Repository, mirror

__all__ = ["mirror"]


@pytest.fixture(autouse=True)
def one_jar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A SPICE that lacks one small jar; its place in a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVALKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(jars, "ARTIFACTS", (JAR,))
    # Trying out the sandboxes takes seconds; test_commands.py does.
    monkeypatch.setattr("evalkit.cli.doctor._sandbox_levels", lambda: iter(()))
    return tmp_path / "cache/spice" / JAR.file


def doctor(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, str]]:
    assert main(["doctor", "--json"]) == 0
    return {each["name"]: each for each in json.loads(capsys.readouterr().out)}


def test_setup_spice_fetches_and_says_where(
    one_jar: Path, mirror: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["setup", "spice", "--mirror", mirror]) == 0
    out, err = capsys.readouterr()
    assert out == f"{JAR.file}: {one_jar}\n"
    assert err.splitlines()[-1] == "1 jar: sha256 verified"
    assert main(["setup", "spice", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {JAR.file: str(one_jar)}
    assert len(Repository.asked) == 1


def test_setup_spice_without_a_network_is_one_clear_line(
    one_jar: Path, mirror: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["setup", "spice"]) == 4
    *_, line = capsys.readouterr().err.splitlines()
    assert line.startswith(f"evalkit: {CLOSED}/")
    assert "--mirror URL or EVALKIT_MAVEN_MIRROR" in line


def test_the_doctor_tells_what_is_missing_and_how_to_get_it(
    one_jar: Path, mirror: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JAVA_HOME", "")
    found = doctor(capsys)
    assert (found["Java"]["is_there"], found["SPICE's jars"]["is_there"]) == (False, False)
    assert found["SPICE's jars"]["hint"] == "evalkit setup spice (1 MB)"
    assert "install a Java runtime" in found["Java"]["hint"]


def test_the_doctor_finds_java_and_the_jars(
    one_jar: Path,
    mirror: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stand_in(tmp_path, monkeypatch, "pass")
    main(["setup", "spice", "--mirror", mirror])
    capsys.readouterr()
    found = doctor(capsys)
    assert found["SPICE's jars"]["detail"] == str(one_jar.parent)
    assert found["Java"]["detail"].startswith("17 at ")


def test_by_default_jars_come_from_maven_central() -> None:
    assert maven.CENTRAL == "https://repo1.maven.org/maven2"

"""The package that ``evalkit init --plugin`` writes: built, installed, and its tests and its suite run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from evalkit.cli.plugin import plugin_files
from evalkit.cli.program import main
from evalkit.errors import UsageError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "--plugin", "acme-legal"]) == 0
    return tmp_path / "acme-legal"


def test_the_package_is_built_and_its_tests_and_its_suite_pass(package: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", installed, package], check=True)
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}
    session = [sys.executable, "-m", "pytest", "-q", "tests", "suites", "--llm-model=acme_legal/demo"]
    result = subprocess.run(session, cwd=package, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "mean:acme_legal_polite >= 0.9" in result.stdout


def test_a_file_that_was_edited_is_not_written_over(
    package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (package / "README.md").write_text("mine")
    assert main(["init", "--plugin", "acme-legal"]) == 4
    assert "README.md: is there and differs" in capsys.readouterr().err
    assert (package / "README.md").read_text() == "mine"


@pytest.mark.parametrize("name", ["Acme", "a b", "../up", "class", "openai", ""])
def test_a_name_that_no_package_can_have_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        plugin_files(name)

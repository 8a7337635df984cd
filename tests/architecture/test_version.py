"""The version stands in one place."""

from __future__ import annotations

import re
import tomllib

import evalkit
from tests.architecture.tree import ROOT, relative, text_files


def test_the_metadata_take_the_version_from_the_package() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in settings["project"]
    assert settings["project"]["dynamic"] == ["version"]
    assert settings["tool"]["hatch"]["version"] == {"path": "evalkit/version.py"}


def test_no_other_file_sets_it() -> None:
    pattern = re.compile(
        rf"""(?i)version\w*(?:: \w+)?['"]?\s*[=:]\s*['"]{re.escape(evalkit.__version__)}['"]"""
    )
    suffixes = {".cfg", ".py", ".toml", ".yaml", ".yml"}
    # Rows of tests tell of runs of some version.
    files = [
        path
        for path in text_files()
        if path.suffix in suffixes and "tests" not in path.relative_to(ROOT).parts
    ]
    found = [relative(path) for path in files if pattern.search(path.read_text(encoding="utf-8"))]
    assert found == ["evalkit/version.py"]

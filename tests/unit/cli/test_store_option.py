"""The store that a command is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.cli import main


@pytest.mark.parametrize("store", [".", "/", "suites"])
@pytest.mark.parametrize("command", [["runs"], ["show", "latest"], ["view", "--no-browser"]])
def test_a_folder_in_place_of_a_store_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    command: list[str], store: str,
) -> None:  # fmt: skip
    (tmp_path / "suites").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main([*command, f"--store={store}"]) == 4
    assert "is a folder (name a file: " in capsys.readouterr().err


def test_the_home_folder_is_filled_in_where_no_shell_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["runs", "--store=~/none.duckdb"]) == 4
    assert str(tmp_path / "none.duckdb") in capsys.readouterr().err

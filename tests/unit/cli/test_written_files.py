"""Files that commands write beside what they print, and ``-`` in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Command
from tests.unit.store.records import write_run


def test_a_comment_goes_into_a_pipe_and_nothing_beside_it(store: Path, evalkit: Command) -> None:
    write_run(store, "run-a")
    assert evalkit("report", "run-a", "--markdown", "comment.md")[0] == 0
    status, out, _ = evalkit("report", "run-a", "--markdown=-")
    assert (status, out.rstrip("\n")) == (0, Path("comment.md").read_text(encoding="utf-8").rstrip("\n"))
    assert not Path("-").exists()


@pytest.mark.parametrize("words", [("compare", "a", "b"), ("drift",)])
def test_a_file_beside_what_is_printed_is_not_stdout(evalkit: Command, words: tuple[str, ...]) -> None:
    status, _, said = evalkit(*words, "--markdown=-")
    assert status == 4
    assert "'-' is no file" in said

"""What came and could not be kept is said, in every place, and nothing of it is green."""

from __future__ import annotations

import pytest

from evalkit.cli import main
from tests.story import Story

#: Answers like the story's own application, and does something to the files of the session on the way.
MEDDLING = """
from pathlib import Path
import shutil
from evalkit.core.response import Response

ROW = b'["responses","e","s",0,"x",null,"y",null,null,18446744073709551615,null,null,null,null,false,1.0]\\n'

def spoil(text):
    if text.endswith(" 3"):
        for spool in Path(".evalkit").glob("results.duckdb.spool/*/main.jsonl"):
            with spool.open("ab") as file:
                file.write(ROW)
    return text.upper()

def delete(text):
    Path(".evalkit/results.duckdb").unlink(missing_ok=True)
    return text.upper()

def sweep(text):
    shutil.rmtree(".evalkit", ignore_errors=True)
    return text.upper()

def count(text):
    return Response(text.upper(), prompt_tokens=10**30 if text.endswith(" 3") else 1)
"""


@pytest.fixture
def meddling(story: Story, monkeypatch: pytest.MonkeyPatch) -> Story:
    monkeypatch.chdir(story.path)
    story.write("meddling.py", MEDDLING)
    return story


def test_a_row_that_cannot_be_stored_is_told_everywhere_and_no_baseline_moves(
    meddling: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    result = meddling.run("--llm-save-baseline=main", "--llm-report=r.html", model="python:meddling:spoil")
    assert result.ret == 1
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([
        "evalkit: results are missing from the store: *main.jsonl:*responses.prompt_tokens cannot be 1844*",
        "*1 row came and could not be stored*",
        "baseline: main was not moved: *1 row of it came and could not be stored*",
    ])  # fmt: skip
    assert "could not be stored" in (meddling.path / "r.html").read_text()
    assert meddling.sql("SELECT is_partial FROM runs") == [{"is_partial": True}]
    assert meddling.sql("SELECT count(*) AS n FROM responses") == [{"n": 10}]
    capsys.readouterr()
    assert main(["show", "latest"]) == 0  # told once; from now on it is a fact of the run
    assert "1 row came and could not be stored" in capsys.readouterr().out
    assert main(["baseline", "set", "main", "latest"]) == 4
    assert main(["baseline", "export", "latest", "x.jsonl"]) == 4


def test_an_impossible_counter_of_one_answer_is_an_error_row_and_no_lost_one(meddling: Story) -> None:
    result = meddling.run("--llm-save-baseline=main", model="python:meddling:count")
    assert result.ret == 1  # one of ten samples is above the task's bound of errors
    (row,) = meddling.sql("SELECT error FROM responses WHERE error IS NOT NULL")
    assert "prompt_tokens 1000000000" in row["error"]
    assert meddling.sql("SELECT count(*) AS n FROM responses") == [{"n": 10}]
    assert meddling.sql("SELECT name FROM baselines") == []


@pytest.mark.parametrize("way", ["delete", "sweep"])
def test_a_store_that_is_deleted_while_the_session_runs_does_not_end_green(meddling: Story, way: str) -> None:
    result = meddling.run("--llm-save-baseline=main", model=f"python:meddling:{way}")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["evalkit: *the s* was deleted or replaced*"])  # the store, or its spool
    assert meddling.sql("SELECT name FROM baselines") == []


def test_a_command_that_sets_a_row_aside_says_so_and_ends_with_status_one(
    meddling: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    meddling.run().assert_outcomes(passed=1)
    spool = meddling.path / ".evalkit/results.duckdb.spool/dead/main.jsonl"
    for command in (["runs"], ["sql", "SELECT 1 AS n"], ["baseline", "list"], ["show", "latest"]):
        spool.parent.mkdir(parents=True)
        spool.write_bytes(b'["runs"]\n')
        assert main(command) == 1
        assert (
            "dead/main.jsonl:1: cannot be read as a row (runs.run_id is missing)" in capsys.readouterr().err
        )
        assert main(command) == 0
    spool.parent.mkdir(parents=True)
    spool.write_bytes(b'["schema_version",99,"x",1.0]\n')
    result = meddling.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines(["evalkit: results of run dead are missing: *names no table*"])
    assert meddling.run().ret == 0

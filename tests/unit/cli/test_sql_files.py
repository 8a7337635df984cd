"""``evalkit sql`` into files, and ``evalkit baseline delete``."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import pytest

from evalkit.cli import main
from tests.unit.store.records import write_run


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EVALKIT_STORE", raising=False)
    write_run(tmp_path / ".evalkit/results.duckdb")
    return tmp_path


QUERY = "SELECT sample_id, output, repeat, [1.5, NULL] AS list FROM responses ORDER BY sample_id"


def test_an_answer_can_be_written_as_csv(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", QUERY + "; ", "--csv", "out/it's.csv"]) == 0
    assert capsys.readouterr().out == "out/it's.csv: 2 rows\n"
    rows = list(csv.DictReader((folder / "out/it's.csv").open()))
    assert [(row["sample_id"], row["output"]) for row in rows] == [("s0", "1"), ("s1", "?")]
    assert [each.name for each in (folder / "out").iterdir()] == ["it's.csv"]


def test_an_answer_can_be_written_as_parquet_with_its_types(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sql", QUERY, "--parquet", "a.parquet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"file": "a.parquet", "n_rows": 2}
    with duckdb.connect(":memory:") as connection:
        found = connection.read_parquet(str(folder / "a.parquet"))
        assert [str(kind) for kind in found.types[:3]] == ["VARCHAR", "VARCHAR", "INTEGER"]
        assert found.fetchall()[0] == ("s0", "1", 0, [1.5, None])


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT * FROM read_csv('/etc/passwd')", "the query fails: Permission Error"),
        ("SELECT nonsense", "the query fails"),
        ("DELETE FROM runs", "a query may only read"),
        ("SELECT 1; SELECT 2", "2 statements"),
        ("", "0 statements"),
    ],
)
def test_a_query_that_is_refused_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], query: str, said: str
) -> None:
    assert main(["sql", query, "--csv", "a.csv"]) == 4
    assert said in capsys.readouterr().err
    assert not (folder / "a.csv").exists()


def test_a_place_that_cannot_be_written_is_one_error(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "file").write_text("")
    for path in ("file/a.csv", "/proc/evalkit/a.csv"):
        assert main(["sql", "SELECT 1", "--csv", path]) == 4
        assert "the result cannot be written" in capsys.readouterr().err


def test_a_deleted_baseline_is_gone_and_its_run_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["baseline", "set", "main", "latest"]) == 0
    capsys.readouterr()
    assert main(["baseline", "delete", "mian"]) == 4
    assert "there is no baseline 'mian' (did you mean main?)" in capsys.readouterr().err
    assert main(["baseline", "delete", "main"]) == 0
    assert capsys.readouterr().out == "baseline main is deleted (it was run run-a, which stays)\n"
    assert main(["baseline", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["show", "run-a"]) == 0


def test_a_negative_usage_of_an_older_store_breaks_no_command(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(folder / ".evalkit/results.duckdb", "run-b")
    with duckdb.connect(str(folder / ".evalkit/results.duckdb")) as connection:
        connection.execute(
            "UPDATE responses SET prompt_tokens = -5, completion_tokens = -9e18::BIGINT, cost_usd = -0.5,"
            " latency_s = -1, ttft_s = -1, created_at = TIMESTAMP '1066-01-01' WHERE sample_id = 's0'"
        )
        connection.execute("UPDATE runs SET started_at = TIMESTAMP '8000-01-01' WHERE run_id = 'run-a'")
        connection.execute(
            "INSERT INTO metrics SELECT 'run-a-1', unnest(['cost_usd', 'prompt_tokens', 'latency_p50_s']),"
            " -1.5, -2, -1, 2, 'x|v1', 0, false, NULL, NULL, NULL, NULL, NULL"
        )
    for command in (
        ["runs"], ["show", "run-a"], ["show", "run-a", "--json"], ["report", "run-a", "run-b"],
        ["report", "run-a", "--markdown", "a.md"], ["compare", "run-a", "run-b", "--html", "c.html"],
        ["drift"], ["flaky"], ["baseline", "list"], ["baseline", "export", "run-a", "a.jsonl"],
        ["baseline", "import", "a.jsonl"],
    ):  # fmt: skip
        assert main(command) in (0, 1), (command, capsys.readouterr().err)

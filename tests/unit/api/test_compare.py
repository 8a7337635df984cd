"""Stored runs from Python: loaded, and compared as ``evalkit compare`` compares them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import evalkit
from evalkit.cli import main
from evalkit.errors import GateError, StoreError, UsageError
from tests.unit.api.conftest import right, wrong

TASK = """
task: many
dataset: {file: rows.jsonl}
metrics: [accuracy]
gates:
  - regression: accuracy
"""


@pytest.fixture
def runs(project: Path) -> tuple[str, str]:
    rows = [{"id": f"c{i}", "input": f"word {i}", "target": f"WORD {i}"} for i in range(30)]
    (project / "suites/rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (project / "suites/shout.eval.yaml").write_text(TASK)
    ids = [
        evalkit.evaluate("suites", {"app": each}, progress=False, cache="off").run_id
        for each in (right, wrong)
    ]
    return ids[0], ids[1]


def test_it_finds_what_the_command_finds(runs: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    found = list(evalkit.compare(*runs).findings)
    assert main(["compare", *runs, "--json"]) == 1
    (told,) = json.loads(capsys.readouterr().out)["comparisons"]
    (row,) = found
    assert (row["finding"], row["verdict"], row["is_gate"]) == (told["finding"], told["verdict"], True)
    assert row["difference"] == told["comparison"]["difference"] == -1.0
    assert (row["n_wins"], row["n_losses"], row["n"]) == (0, 30, 30)


def test_what_got_worse_raises_where_that_is_asked_for(runs: tuple[str, str]) -> None:
    compared = evalkit.compare(*runs)
    assert compared.is_worse
    with pytest.raises(GateError, match="many: accuracy: worse"):
        compared.raise_on_failure()


def test_a_run_is_loaded_by_its_id_the_start_of_it_or_latest(runs: tuple[str, str]) -> None:
    assert evalkit.load().run_id == evalkit.load(f"run:{runs[1]}").run_id == runs[1]
    assert evalkit.load(runs[0]).samples.to_pandas()["exact_match_score"].mean() == 1.0


def test_results_are_names_of_their_runs(runs: tuple[str, str]) -> None:
    before, after = map(evalkit.load, runs)
    compared = evalkit.compare(before, after)
    assert (compared.base_run_id, compared.candidate_run_id) == runs


def test_a_run_is_not_compared_with_itself(runs: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match="compared with itself, nothing can be worse"):
        evalkit.compare(runs[1])


def test_what_names_no_run_is_one_error(runs: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match="None is not a run"):
        evalkit.load(None)  # type: ignore[arg-type]


def test_a_table_without_slices_has_the_columns_of_one_with_them(runs: tuple[str, str]) -> None:
    compared = evalkit.compare(*runs)
    assert len(compared.slices) == 0
    assert {"task", "slice", "metric", "q", "finding"} < set(compared.slices.to_pandas().columns)


def test_no_store_is_one_error(project: Path) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        evalkit.load()


def test_a_report_of_both_and_a_table_for_notebooks(runs: tuple[str, str], tmp_path: Path) -> None:
    compared = evalkit.compare(*runs)
    assert runs[0] in compared.report(tmp_path / "both.html").read_text()
    shown = compared._repr_html_()
    assert "<svg" in shown
    assert "fail" in shown

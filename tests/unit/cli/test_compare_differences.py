"""Several differences of one ``evalkit compare``, looked at together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalkit.cli import main
from evalkit.store.store import Store
from tests.unit.store.records import write_run

BETTER, WORSE = (1.0,) * 40, (1.0,) * 20 + (0.0,) * 20


def test_compare_gives_each_of_several_differences_its_q(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "results.duckdb"
    for run_id, values in (("good", BETTER), ("bad", WORSE)):
        write_run(store, run_id, values=values)
    with Store.open(store, mode="write") as opened:
        specs = '{"accuracy": ["accuracy", {}], "again": ["accuracy", {}]}'
        opened.connection.execute("UPDATE evaluations SET metric_specs = ?", [specs])
    words = ["compare", "good", "bad", "--store", str(store)]
    assert main([*words, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["comparisons"]
    assert [each["q_value"] for each in found] == pytest.approx([each["p_value"] for each in found])
    main(words)
    text = capsys.readouterr().out
    assert text.splitlines()[5].split()[-5:] == ["<", "0.001", "●", "✗", "worse"]
    assert "2 of 2 differences stand at a false discovery rate of 5 %" in text


def test_compare_takes_as_many_failed_answers_as_it_is_told_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "results.duckdb"
    for run_id, values in (("good", BETTER), ("bad", WORSE)):
        write_run(store, run_id, values=values)
    with Store.open(store, mode="write") as opened:
        opened.connection.execute("UPDATE responses SET error = 'timed out' WHERE sample_id = 's0'")
    words = ["compare", "good", "bad", "--store", str(store)]
    assert main(words) == 0
    assert "(2.5 %, max_error_rate 1 %)" in " ".join(capsys.readouterr().out.split())
    assert main([*words, "--max-error-rate=0.05"]) == 1
    assert main([*words, "--max-error-rate=2"]) == 4


def test_compare_says_between_which_ends_its_numbers_lie_where_answers_are_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "results.duckdb"
    for run_id, values in (("good", BETTER), ("bad", WORSE)):
        write_run(store, run_id, values=values)
    with Store.open(store, mode="write") as opened:
        opened.connection.execute(
            "UPDATE responses SET error = 'timed out' WHERE sample_id = 's0' AND evaluation_id = 'bad-1'"
        )
        opened.connection.execute(
            "UPDATE metrics SET n_failed = 1, worst = 0.475, best = 0.5 WHERE evaluation_id = 'bad-1'"
        )
    main(["compare", "good", "bad", "--max-error-rate=0.05", "--store", str(store)])
    assert (
        "Missing answers sums, accuracy: candidate 0.475 to 0.500 if the one missing was wrong or right; "
        "difference −0.525 to −0.500 if all missing were against or for the candidate"
    ) in " ".join(capsys.readouterr().out.split())

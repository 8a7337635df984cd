"""A session with answers that were cut: gates are errors, and the numbers stand with and without them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit import Response, Task
from evalkit.session.stored.source import StoredSource
from evalkit.store.store import Store
from tests.plain import summary_lines


def answer(prompt: str) -> Response:
    """Cut for every fifth question, right for all others; one thinks aloud."""
    number = int(prompt)
    if number % 5 == 0:
        return Response("so far", finish_reason="MAX_TOKENS", completion_tokens=64)
    return Response(f"<think>{number}?</think>{number}", finish_reason="stop", completion_tokens=8 + number)


GATES = ("accuracy >= 0.5", {"regression": "accuracy"})


def session(folder: Path, *, gates: Sequence[Any] = GATES, **more: Any) -> tuple[evalkit.Results, list[str]]:
    samples = [{"id": str(i), "input": str(i), "target": str(i)} for i in range(20)]
    task = Task(
        task="sums", samples=samples, scorers=["exact_match"], metrics=["accuracy"], gates=list(gates), **more
    )
    store = folder / "results.duckdb"
    results = evalkit.evaluate(task, answer, store=store, progress=False, cache="off")
    with Store.open(store) as opened:
        return results, summary_lines(StoredSource(opened), opened.runs(None)[0].run_id)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_gates_are_errors_that_say_which_bound_would_do(folder: Path) -> None:
    results, _ = session(folder)
    found = [(each["verdict"], each["detail"]) for each in results.verdicts]
    assert [word for word, _ in found] == ["error", "error"]
    for _, detail in found:
        assert (
            "4 of 20 responses of the candidate were cut at max_tokens (20 %, max_truncated_rate 1 %)"
            in detail
        )
        assert "Set generate: {max_tokens: …} to about " in detail


def test_a_task_without_gates_was_not_evaluated_by_answers_that_were_cut(folder: Path) -> None:
    results, _ = session(folder, gates=())
    ((word, detail),) = [(each["verdict"], each["detail"]) for each in results.verdicts]
    assert word == "error"
    assert "4 of 20 responses of the candidate were cut at max_tokens" in detail


def test_a_task_may_allow_more_and_sees_the_value_without_them(folder: Path) -> None:
    results, lines = session(folder, max_truncated_rate=0.2)
    assert [each["verdict"] for each in results.verdicts] == ["pass", "recorded"]
    assert any("accuracy  0.800" in line for line in lines)
    assert any("1.000 without 4 cut" in line for line in lines)


def test_thinking_is_in_a_column_of_its_own_and_was_not_judged(folder: Path) -> None:
    session(folder, max_truncated_rate=0.2)
    with Store.open(folder / "results.duckdb") as store:
        rows = store.connection.execute(
            "SELECT output, reasoning, value FROM responses "
            "JOIN scores USING (evaluation_id, sample_id, repeat) WHERE sample_id = '3'"
        ).fetchall()
        rates = store.connection.execute(
            "SELECT value FROM metrics WHERE metric = 'truncated_rate'"
        ).fetchall()
    assert (rows, rates) == ([("3", "3?", 1.0)], [(0.2,)])


def test_tables_have_the_row_of_the_dataset_and_both_values(folder: Path) -> None:
    results, _ = session(folder, max_truncated_rate=0.2)
    (accuracy,) = (row for row in results.metrics if row["metric"] == "accuracy")
    assert (accuracy["n_cut"], accuracy["value_without_cut"]) == (4, 1.0)
    first = next(iter(results.samples))
    assert json.loads(first["row"]) == {"id": "0", "input": "0", "target": "0"}

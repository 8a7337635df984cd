"""From what was read to rows of the store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.errors import StoreError
from evalkit.imports.imported import Answer, Figure, ImportedEvaluation, ImportedRun, Scale, Subject
from evalkit.imports.storing import store_runs
from evalkit.store.store import Store


def answers(*values: float | None) -> tuple[Answer, ...]:
    return tuple(
        Answer(
            Sample(f"s{i}", f"in {i}", "out"),
            Response("out", f"s{i}", input=f"asked {i}")
            if value is not None
            else Response(None, f"s{i}", error="lost"),
            (Score("acc", value),) if value is not None else (),
        )
        for i, value in enumerate(values)
    )


def run_of(
    tmp_path: Path, evaluation: ImportedEvaluation, content: str = "a", **changes: bool
) -> ImportedRun:
    file = tmp_path / "origin.json"
    file.write_text(content)
    return ImportedRun((file,), 1_700_000_000.0, None, (evaluation,), **changes)


EVALUATION = ImportedEvaluation(
    "sums",
    Subject("vendor/model"),
    {"version": 1},
    answers=answers(1, 0, 1, None),
    scales={"acc": Scale("tool:acc")},
)


def test_a_run_has_its_time_no_commit_and_the_command_that_made_it(tmp_path: Path) -> None:
    path = tmp_path / "results.duckdb"
    (stored,) = store_runs(path, [("tool", run_of(tmp_path, EVALUATION))])
    with Store.open(path) as store:
        run = store.run("latest")
    assert run == stored.run
    assert (run.started_at, run.status, run.is_partial) == (1_700_000_000.0, "finished", False)
    assert (run.git_commit, run.git_branch, run.git_dirty) == (None, None, None)
    assert run.argv == ("evalkit", "import", "tool", str(tmp_path / "origin.json"))


def test_every_response_is_a_row_and_a_lost_one_an_error(tmp_path: Path) -> None:
    path = tmp_path / "results.duckdb"
    store_runs(path, [("tool", run_of(tmp_path, EVALUATION))])
    with Store.open(path) as store:
        (evaluation,) = store.evaluations(store.run("latest").run_id)
        observations = store.observations(evaluation.evaluation_id)
    assert (evaluation.n_samples, evaluation.n_errors) == (4, 1)
    assert [r.error for r in observations.responses] == [None, None, None, "lost"]
    assert [(s.value, s.error) for s in observations.scores["acc"]] == [
        (1, None),
        (0, None),
        (1, None),
        (None, "lost"),
    ]


def test_the_same_bytes_are_the_same_run_wherever_they_lie(tmp_path: Path) -> None:
    path = tmp_path / "results.duckdb"
    (first,) = store_runs(path, [("tool", run_of(tmp_path, EVALUATION))])
    other = tmp_path / "elsewhere"
    other.mkdir()
    (again,) = store_runs(path, [("tool", run_of(other, EVALUATION))])
    (changed,) = store_runs(path, [("tool", run_of(tmp_path, EVALUATION, content="b"))])
    assert (first.is_new, again.is_new, changed.is_new) == (True, False, True)
    assert first.run.run_id == again.run.run_id != changed.run.run_id
    with Store.open(path) as store:
        assert len(store.runs()) == 2


def test_a_partial_run_never_becomes_a_baseline(tmp_path: Path) -> None:
    path = tmp_path / "results.duckdb"
    (stored,) = store_runs(path, [("tool", run_of(tmp_path, EVALUATION, is_partial=True))])
    with Store.open(path, mode="write") as store, pytest.raises(StoreError, match="it is partial"):
        store.set_baseline("main", stored.run.run_id)


def test_a_reported_number_that_is_not_the_mean_is_kept_as_reported(tmp_path: Path) -> None:
    path = tmp_path / "results.duckdb"
    figures = (Figure("acc", 0.9, Scale("tool:acc"), 0.1, 4), Figure("bleu", 31.5, Scale("tool:bleu")))
    store_runs(path, [("tool", run_of(tmp_path, replace(EVALUATION, figures=figures)))])
    with Store.open(path) as store:
        (evaluation,) = store.evaluations(store.run("latest").run_id)
        found = {each.metric: each for each in store.estimates(evaluation.evaluation_id)}
    assert (found["acc"].value, found["bleu"].value, found["bleu"].low) == (0.9, 31.5, None)
    assert set(evaluation.metric_specs) == {"error_rate"}

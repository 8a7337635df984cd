"""From what was read to rows of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.errors import StoreError, UsageError
from evalkit.imports.checking import check_run
from evalkit.imports.imported import Answer, Figure, ImportedEvaluation, ImportedRun, Scale, Subject
from evalkit.imports.storing import store_runs
from evalkit.store import rows
from evalkit.store.spool import Spool
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


def one(**changes: Any) -> Answer:
    return Answer(Sample("a", "x"), replace(Response("y", "a"), **changes), (Score("s", 1.0),))


BAD: list[tuple[Sequence[Answer], str]] = [
    ([one(prompt_tokens=10**30)], "prompt_tokens 1000000"),
    ([one(prompt_tokens=-5)], "prompt_tokens -5 is not"),
    ([one(created_at=1e18)], "created_at 1e"),
    ([one(cost_usd=float("inf"))], "cost_usd Infinity is not"),
    ([one(contexts=("a", 1))], "contexts .* is not a list of texts"),
    ([one(choice_logprobs="abc")], "choice_logprobs .* is not"),
    ([one(repeat=2**40)], "repeat .* cannot be"),
    ([one(output=None)], "neither an output nor an error"),
    ([one(output=["x"])], "output .* is not a text"),
    ([one(), one()], "repeat 0 appears twice"),
    ([replace(one(), scores=(Score("s", float("nan")),))], "s nan is not a number"),
    ([replace(one(), scores=(Score("s"),))], "s has neither a value nor an error"),
    ([replace(one(), scores=(Score("s", 1.0), Score("s", 0.0)))], "scored twice"),
]


@pytest.mark.parametrize(("given", "said"), BAD, ids=lambda each: each if isinstance(each, str) else "")
def test_what_cannot_be_stored_is_refused_by_task_sample_and_field(
    given: Sequence[Answer], said: str
) -> None:
    run = ImportedRun((Path("f"),), 1.0, 2.0, (ImportedEvaluation("mood", Subject("m"), answers=given),))
    with pytest.raises(UsageError, match=f"task 'mood': sample 'a': .*{said}"):
        check_run(run)


@pytest.mark.parametrize("moment", [1e18, 1e300, -1e18, float("nan")])
def test_a_time_that_no_calendar_has_is_refused(moment: float) -> None:
    for start, end in ((moment, None), (1.0, moment)):
        with pytest.raises(UsageError, match="is not a time"):
            check_run(ImportedRun((Path("f"),), start, end, ()))


def test_a_run_of_which_a_row_is_missing_in_the_store_is_taken_out_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = run_of(tmp_path, EVALUATION)
    real = rows.response_row

    def spoiled(evaluation_id: str, sample: Sample, *arguments: Any, **more: Any) -> list[Any]:
        row = real(evaluation_id, sample, *arguments, **more)
        row[2] = "zero"
        return row

    monkeypatch.setattr(rows, "response_row", spoiled)
    with pytest.raises(StoreError, match="could not be stored completely, and is not imported"):
        store_runs(tmp_path / "s.duckdb", [("test", imported)])
    monkeypatch.undo()
    with Store.open(tmp_path / "s.duckdb") as store:
        assert store.runs() == []
        assert store.ask("SELECT count(*) FROM scores").rows == [(0,)]
    (stored,) = store_runs(tmp_path / "s.duckdb", [("test", imported)])
    assert stored.is_new


def test_an_import_that_breaks_on_the_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Spool, "add_evaluation", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store_runs(tmp_path / "s.duckdb", [("test", run_of(tmp_path, EVALUATION))])
    with Store.open(tmp_path / "s.duckdb") as store:
        assert store.runs() == []
        assert store.ask("SELECT count(*) FROM responses").rows == [(0,)]

"""The history of a run's metrics: which are told, how they are drawn, and what a lone run pays."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evalkit.core.verdict import Verdict
from evalkit.report.blocks import Note, Table
from evalkit.report.collect import collect
from evalkit.report.history_blocks import History
from evalkit.report.html import render
from evalkit.report.sections import history
from evalkit.store.history import HistoryRow
from evalkit.store.metric_history import read_metric_history
from evalkit.store.store import Store
from tests.unit.drift.histories import write_history
from tests.unit.drift.test_finding import FELL
from tests.unit.report.memory_source import MemorySource, rows

TASK = "support/intents"


def past(
    n: int, *, model: str = "local/small", drop_at: int | None = None, level: float = 0.8
) -> list[HistoryRow]:
    """A night each, the last of them the run; after ``drop_at`` it is lower, of another model revision."""
    noise = np.random.default_rng(1).normal(0, 0.01, n)
    return [
        HistoryRow(
            TASK, model, "default", "accuracy", f"e-{night}", "now" if night == n - 1 else f"run-{night}",
            night * 86_400.0, level + noise[night] - (0.1 if after else 0.0), 500, "s", True, "task", "data",
            "prompt01", "rev-2" if after else "rev-1",
        )
        for night in range(n)
        for after in [drop_at is not None and night >= drop_at]
    ]  # fmt: skip


def source(found: list[HistoryRow], *models: str) -> MemorySource:
    made = MemorySource(past=found)
    made.add_run("now", started_at=1e9)
    for at, model in enumerate(models or ("local/small",)):
        made.add("now", f"e{at}", rows("++-"), model=model)
        made.verdicts_of[f"e{at}"] = [Verdict("accuracy >= 0.5", "pass", "")]
    return made


def drawn(made: MemorySource) -> list[object]:
    return list(history.blocks(collect(made, "now")))


def test_a_drop_is_marked_with_its_night_and_its_cause() -> None:
    (block,) = [each for each in drawn(source(past(60, drop_at=30))) if isinstance(each, History)]
    assert (block.outcome, block.word) == ("fail", "worse")
    assert "1970-01-31" in block.sentences[0]
    assert "the model's revision went from rev-1 to rev-2" in block.sentences[1]


def test_what_changed_has_a_strip_and_what_stayed_a_sentence() -> None:
    (block,) = [each for each in drawn(source(past(60, drop_at=30))) if isinstance(each, History)]
    (strip,) = block.strips
    assert [stretch.text for stretch in strip.stretches] == ["rev-1", "rev-2"]
    assert block.sentences[-1] == "Prompt prompt01, data data, task task in all 60 runs."


def test_the_stretches_of_a_strip_follow_each_other_to_the_right_edge() -> None:
    (block,) = [each for each in drawn(source(past(60, drop_at=30))) if isinstance(each, History)]
    first, last = block.strips[0].stretches
    frame = block.picture.frame
    assert first.left + first.width == pytest.approx(last.left)
    assert last.left + last.width == pytest.approx(frame.width - frame.right)


def test_the_run_itself_is_the_large_dot() -> None:
    (block,) = [each for each in drawn(source(past(20))) if isinstance(each, History)]
    assert [(mark.x, mark.y) for mark in block.marks] == [block.picture.line[-1]]


def test_a_short_history_is_drawn_and_nothing_is_said_of_moves() -> None:
    (block,) = [each for each in drawn(source(past(5))) if isinstance(each, History)]
    assert block.word == "too short"
    assert "cannot be said yet" in block.sentences[0]


def test_many_subjects_that_did_not_move_stand_in_a_table_in_their_order() -> None:
    models = ("z/one", "a/two", "m/three")
    found = [row for model in sorted(models) for row in past(20, model=model)]
    (table,) = [each for each in drawn(source(found, *models)) if isinstance(each, Table)]
    assert [row.cells[0].text for row in table.rows if row.cells] == list(models)  # type: ignore[union-attr]


def test_small_pictures_have_no_dot_that_the_key_speaks_of() -> None:
    models = [f"m{at}" for at in range(3)]
    found = drawn(source([row for model in models for row in past(5, model=model)], *models))
    assert not any(isinstance(each, History) for each in found)
    (key,) = [each.text for each in found if isinstance(each, Note)]
    assert key.startswith("Whole runs of the store up to this one. ")


def test_a_weak_subject_does_not_flatten_the_others() -> None:
    models = ("a/one", "b/two", "c/weak")
    found = [row for m in models for row in past(20, model=m, level=0.2 if m == "c/weak" else 0.8)]
    (table,) = [each for each in drawn(source(found, *models)) if isinstance(each, Table)]
    picture = table.rows[1].cells[1].picture  # type: ignore[union-attr]
    heights = [y for _, y in picture.line]
    assert max(heights) - min(heights) == pytest.approx(24.0)


def test_a_report_without_a_history_has_no_such_section() -> None:
    assert drawn(source(past(2))) == []


def test_a_metric_that_no_gate_asks_about_is_not_told_beside_one_that_is_gated() -> None:
    made = source([row for metric in ("accuracy", "f1") for row in
                   (replace_metric(each, metric) for each in past(20))])  # fmt: skip
    made.estimates_of["e0"].append(replace(made.estimates_of["e0"][0], metric="f1"))
    assert [each.last.metric for each in collect(made, "now").history] == ["accuracy"]


def replace_metric(row: HistoryRow, metric: str) -> HistoryRow:
    return row._replace(metric=metric)


def test_names_in_a_history_are_shown_and_not_obeyed() -> None:
    name = "local/<script>alert(1)</script>"
    page = render(collect(source(past(20, model=name), name), "now"))
    assert "<script>alert" not in page
    assert 'class="history"' in page


def test_the_key_says_how_sure_the_marks_are() -> None:
    *_, key = drawn(source(past(20)))
    assert isinstance(key, Note)
    assert "any false alarm in 1 line is 5 %" in key.text


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("history") / "results.duckdb"
    write_history(path, FELL)
    return path


def test_the_store_gives_what_drift_reads_of_the_same_metric(store: Path) -> None:
    with Store.open(store) as opened:
        all_ = [row for row in opened.history() if row.metric == "accuracy"]
        wanted = {(row.task, "accuracy") for row in all_}
        found = read_metric_history(opened.connection, wanted, until=1e12, most=400, least=3)
        assert found == all_
        latest = read_metric_history(opened.connection, wanted, until=1e12, most=5, least=3)
        assert latest == all_[-5:]
        until = all_[9].started_at
        assert read_metric_history(opened.connection, wanted, until=until, most=400, least=3) == all_[:10]


def test_with_too_few_runs_nothing_is_read(store: Path) -> None:
    with Store.open(store) as opened:
        wanted = {(row.task, row.metric) for row in opened.history()}
        assert read_metric_history(opened.connection, wanted, until=0.0, most=400, least=3) == []


def test_a_report_without_a_history_imports_nothing_of_drift(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("series", "move", "cause"):
        monkeypatch.setitem(sys.modules, f"evalkit.drift.{name}", None)  # to import it is an error
    assert 'id="history"' not in render(collect(source([]), "now"))

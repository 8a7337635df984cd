"""Many Subjects as a grid of their numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.core.estimate import Estimate
from evalkit.report.blocks import Group, Reading, Table
from evalkit.report.collect import collect
from evalkit.report.metric_grid import MOST_COLUMNS, metric_grid
from evalkit.report.sections import metrics
from tests.unit.report.memory_source import MemorySource, rows


@pytest.mark.parametrize("n, has_grid", [(4, False), (5, True)])
def test_many_subjects_stand_in_a_grid_with_all_numbers_folded_behind_it(n: int, has_grid: bool) -> None:
    made = MemorySource()
    made.add_run("run")
    for at in range(n):
        made.add("run", f"e{at}", rows("++-"), model=f"local/{at}")
        first = made.estimates_of[f"e{at}"][0]
        made.estimates_of[f"e{at}"] += [replace(first, metric=f"f{i}") for i in range(5)]
    blocks = list(metrics.blocks(collect(made, "run")))
    assert isinstance(blocks[0], Table)
    assert blocks[0].is_grid == has_grid
    if has_grid:
        assert [column.title for column in blocks[0].columns[:3]] == ["Subject", "accuracy", "f0"]
        assert len(blocks[0].rows) == n
        assert isinstance(blocks[1], Group)
        assert len(blocks[1].blocks[0].rows) == n * 6  # type: ignore[union-attr]


def of_tasks(*tasks: str, n_metrics: int = 2) -> MemorySource:
    made = MemorySource()
    made.add_run("run")
    for task in tasks:
        for model in ("a", "b"):
            made.add("run", f"{task}-{model}", rows("++-"), task=task, model=model)
            made.estimates_of[f"{task}-{model}"] += [
                Estimate("latency_p50_s", 1.5, None, None, 3, ""),
                *(Estimate(f"f{i}", 0.5, 0.4, 0.6, 3, "") for i in range(n_metrics - 1)),
            ]
    return made


def titles(made: MemorySource) -> list[str]:
    return [column.title for column in metric_grid(collect(made, "run")).columns if column.title]


def test_what_says_how_good_answers_are_stands_before_what_they_took() -> None:
    assert titles(of_tasks("sums")) == ["Subject", "accuracy", "f0", "latency_p50_s"]


def test_of_many_tasks_each_has_its_first_numbers() -> None:
    tasks = [f"t{i}" for i in range(5)]
    found = titles(of_tasks(*tasks))
    assert found[1:3] == ["t0 · accuracy", "t0 · f0"]
    assert [f"{task} · accuracy" in found for task in tasks] == [True] * 5
    assert len(found) == 1 + MOST_COLUMNS


def test_a_cell_says_value_interval_and_whether_it_is_worse_than_the_baseline() -> None:
    made = MemorySource()
    for run_id, marks in (("old", "+" * 40), ("new", "-" * 30 + "+" * 10)):
        made.add_run(run_id)
        made.add(
            run_id, run_id, rows(marks), metric_specs={"accuracy": ["accuracy", {}]},
            scorer_signatures={"exact_match": "exact_match()"},
        )  # fmt: skip
    table = metric_grid(collect(made, "new", baseline_run_id="old"))
    assert table.rows[0].cells[1] == Reading("0.250", "[0.150, 0.350]", "worse", "worse")

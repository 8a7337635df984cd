"""A store that an earlier evalkit wrote is brought to the present tables and read."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from evalkit.store import migrate
from evalkit.store.store import Store
from tests.unit.store.records import COMPARISON, write_run

_LATER = {"is_one_sided", "is_better", "is_worse", "p_two_sided", "n_planned"}


def test_runs_of_the_first_tables_are_read_after_the_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.duckdb"
    present = migrate.migrations()
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "migrations", lambda: present[:1])
        with Store.open(path, mode="write") as store:
            store.connection.execute("INSERT INTO runs (run_id, started_at) VALUES ('old', '2026-01-01')")
            store.connection.execute(
                "INSERT INTO evaluations (evaluation_id, run_id, task, subject_id) "
                "VALUES ('e', 'old', 't', 's')"
            )
            store.connection.execute(
                "INSERT INTO responses (evaluation_id, sample_id, repeat, output, is_cached) "
                "VALUES ('e', 's1', 0, 'x', false)"
            )
            store.connection.execute(
                "INSERT INTO metrics (evaluation_id, metric, value, n, signature) "
                "VALUES ('e', 'accuracy', 1, 1, 's')"
            )
    write_run(path, "new", is_anew=True)
    with Store.open(path) as store:
        assert {run.run_id for run in store.runs()} == {"old", "new"}
        assert store.evaluation("e").examples == ()
        assert store.observations("e").groups is None
        assert [(each.value, each.worst, each.best) for each in store.estimates("e")] == [(1.0, None, None)]


@pytest.mark.parametrize(
    ("ends", "p_value", "shown"),
    [
        ((-0.4, -0.1), 0.01, (False, True)),
        ((0.1, 0.4), 0.01, (True, False)),
        ((-0.4, -0.1), 0.2, (False, False)),
        ((-0.1, 0.1), 0.9, (False, False)),
    ],
)
def test_a_two_sided_comparison_of_an_older_store_says_better_or_worse_where_its_test_does(
    tmp_path: Path, ends: tuple[float, float], p_value: float, shown: tuple[bool, bool]
) -> None:
    path = tmp_path / "results.duckdb"
    write_run(path, "old", is_anew=True)
    stored = {name: value for name, value in asdict(COMPARISON).items() if name not in _LATER}
    stored |= {"low": ends[0], "high": ends[1], "p_value": p_value}
    with Store.open(path, mode="write") as store:
        (evaluation,) = store.evaluations("old")
        store.connection.execute(
            "INSERT INTO verdicts (evaluation_id, gate, verdict, detail, comparison) "
            "VALUES (?, 'g', 'pass', '', ?)",
            [evaluation.evaluation_id, json.dumps(stored)],
        )
    with Store.open(path) as store:
        found = store.verdicts(evaluation.evaluation_id)[-1].comparison
    assert found is not None
    assert (found.is_better, found.is_worse, found.p_two_sided) == (*shown, p_value)
    assert found.confidence == 0.95

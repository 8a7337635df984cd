"""A store that an earlier evalkit wrote is brought to the present tables and read."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.store import migrate
from evalkit.store.store import Store
from tests.unit.store.records import write_run


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
    write_run(path, "new")
    with Store.open(path) as store:
        assert {run.run_id for run in store.runs()} == {"old", "new"}
        assert store.evaluation("e").examples == ()
        assert store.observations("e").groups is None

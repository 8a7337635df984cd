"""History as a session reads it: explains, never stands in the way."""

from __future__ import annotations

from pathlib import Path

from evalkit.core.sample import Sample
from evalkit.session.sample_history import StoredHistory
from evalkit.store.store import Store
from tests.unit.store.records import make_evaluation
from tests.unit.store.test_own_history import Earlier

NOW = make_evaluation("now-1", "now")
SAMPLES = [Sample("a", "in", content_hash="hash-a")]


def test_a_file_that_is_no_store_has_no_history(tmp_path: Path) -> None:
    path = tmp_path / "results.duckdb"
    path.write_text("not a database")
    assert StoredHistory(path, "now")(NOW, SAMPLES, "exact_match") == {}


def test_answers_of_the_session_itself_are_no_earlier_ones(tmp_path: Path) -> None:
    earlier = Earlier(tmp_path)
    runs = [earlier.add({"a": [value]}) for value in (1.0, 0.0)]
    with Store.open(earlier.path, mode="write") as store:
        store.fold()
    assert StoredHistory(earlier.path, runs[1])(NOW, SAMPLES, "exact_match")["a"].mean == 1.0


def test_rows_that_are_still_in_a_spool_stay_there(tmp_path: Path) -> None:
    earlier = Earlier(tmp_path)
    with Store.open(earlier.path, mode="write"):
        pass
    earlier.add({"a": [1.0]})
    assert StoredHistory(earlier.path, "now")(NOW, SAMPLES, "exact_match") == {}
    assert list(tmp_path.glob("*.spool/*/*.jsonl"))

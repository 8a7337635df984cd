"""Base and adapter as two Subjects of one session: the gain on one task, the forgetting on others."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.store.store import Store
from tests.hf.base_and_adapter import Pair, pairs, session
from tests.hf.shelves import train
from tests.shared_data import shared_data


@pytest.fixture(scope="module")
def folder(smollm2: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One session over a base and an adapter that was just trained; store and report stand in it."""
    shared_data()
    folder = tmp_path_factory.mktemp("shop")
    results = session(folder, smollm2, train(smollm2, folder / "lora"), n_samples=20)
    (folder / "run").write_text(results.run_id)
    found.update({pair.task: pair for pair in pairs(results)})
    return folder


found: dict[str, Pair] = {}


def test_the_adapter_gains_on_its_own_task(folder: Path) -> None:
    pair = found["shop/shelves"]
    assert pair.base < 0.6
    assert pair.adapter >= 0.7
    assert pair.verdict == "pass"


def test_what_it_forgot_is_judged_beside_that(folder: Path) -> None:
    general = [pair for task, pair in found.items() if task != "shop/shelves"]
    assert len(general) == 2
    assert all(pair.verdict in ("pass", "fail", "undecided") for pair in general)


def test_they_are_two_subjects_that_the_store_tells_apart_by_the_adapters_hash(folder: Path) -> None:
    with Store.open(folder / "results.duckdb") as store:
        query = """SELECT DISTINCT contains(model, 'adapter='), model_revision
                   FROM evaluations JOIN subjects USING (subject_id)"""
        revisions = store.connection.execute(query).fetchall()
    assert len(revisions) == 2
    base, adapter = (dict(revisions)[has_adapter] for has_adapter in (False, True))
    assert adapter.startswith(f"{base}+sha256:")


def test_the_report_sets_them_side_by_side(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert all(text in page for text in ("shop/shelves", "glue/sst2", "adapter="))

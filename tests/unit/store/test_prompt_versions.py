"""Numbers of versions: given at fold, by migration, and never carried to another store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from evalkit.core.prompt import Prompt
from evalkit.store import migrate, prompts
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.store.records import SUBJECT, make_evaluation, make_run

TEXTS = ("user:\nOne {{ input }}", "user:\nTwo {{ input }}")


def write(store: Path, *texts: str, name: str = "terse", asked: str = "terse") -> str:
    """A run that puts these texts to a model, the last one as ``asked``; its id."""
    run_id = f"run-{len(texts)}"
    found = [Prompt.parse(text, name) for text in texts]
    subject = replace(SUBJECT, subject_id=f"s-{asked}", prompt=asked, prompt_hash=found[-1].prompt_hash)
    spool = Spool.create(store, run_id)
    spool.add_run(make_run(run_id))
    spool.add_evaluation(make_evaluation(f"{run_id}-1", run_id, subject=subject, n_samples=0))
    for place, prompt in enumerate(found):
        spool.add_prompt(prompt, created_at=100.0 + place, path="prompts/terse.jinja")
    spool.close()
    with Store.open(store, mode="write") as opened:
        opened.fold()
    return run_id


def numbers(store: Path) -> tuple[list[int | None], list[int | None]]:
    """Of prompts by their time, and of subjects."""
    with Store.open(store) as opened:
        found = [each.version for each in opened.prompts()]
        rows = opened.connection.execute("SELECT prompt_version FROM subjects ORDER BY subject_id")
        return found, [row[0] for row in rows.fetchall()]


@pytest.mark.parametrize("asked", ["terse", "terse@production"])
def test_texts_are_numbered_as_they_come_and_subjects_with_them(tmp_path: Path, asked: str) -> None:
    store = tmp_path / "results.duckdb"
    write(store, TEXTS[0], asked="earlier@1", name="earlier")
    write(store, *TEXTS, asked=asked)
    assert numbers(store) == ([1, 1, 2], [1, 2])


def test_a_store_of_before_gets_numbers_in_the_order_of_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "results.duckdb"
    present = migrate.migrations()
    with monkeypatch.context() as patch, duckdb.connect(str(store)) as connection:
        patch.setattr(migrate, "migrations", lambda: present[:20])
        migrate.migrate(connection, store)
        for place, text in enumerate(("b", "a")):
            values = ["terse", f"hash-{text}", text, place]
            connection.execute(
                "INSERT INTO prompts VALUES (?, NULL, ?, ?, to_timestamp(?)::TIMESTAMP, NULL)", values
            )
        connection.execute(
            "INSERT INTO subjects (subject_id, prompt, prompt_hash) VALUES ('s', 'terse', 'hash-a')"
        )
    with Store.open(store, mode="write") as opened:
        assert [(each.template, each.version) for each in opened.prompts()] == [("b", 1), ("a", 2)]
    assert numbers(store)[1] == [2]


def test_an_exported_run_is_the_same_whatever_its_store_learned_of_prompts(tmp_path: Path) -> None:
    store, files = tmp_path / "results.duckdb", [tmp_path / "one.jsonl", tmp_path / "other.jsonl"]
    run_id = write(store, *TEXTS)
    with Store.open(store, mode="write") as opened:
        opened.export_run(run_id, files[0])
        (first, second) = opened.prompts()
        learned = replace(second, version=7, git_commit="abc", git_author="Ada", message="Why")
        prompts.record(opened.connection, [replace(first, version=6), learned])
        opened.export_run(run_id, files[1])
    assert files[0].read_bytes() == files[1].read_bytes()
    with Store.open(tmp_path / "other.duckdb", mode="write") as opened:
        opened.import_runs(files[1])
    assert numbers(tmp_path / "other.duckdb") == ([1], [1])  # the first text that this one has


def test_a_number_that_a_spool_brings_along_is_not_believed(tmp_path: Path) -> None:
    store = tmp_path / "results.duckdb"
    spool = Spool.create(store, "run-a")
    spool._append("prompts", ["terse", 99, "hash", "text", 1.0, None])
    spool.close()
    assert numbers(store)[0] == [1]

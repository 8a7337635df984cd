"""Old texts of prompts, from the store."""

from __future__ import annotations

from pathlib import Path

from evalkit.store.store import Store
from tests.unit.cli.conftest import Command, answer
from tests.unit.store.records import write_run


def test_a_stored_prompt_is_found_by_its_hash_or_as_the_latest_of_its_name(
    store: Path, evalkit: Command
) -> None:
    write_run(store)
    with Store.open(store, mode="write") as opened:
        for at, (name, text_hash) in enumerate([("terse", "aa11"), ("terse", "aa22"), ("long", "bb33")]):
            opened.connection.execute(
                "INSERT INTO prompts (prompt, prompt_hash, template, created_at) "
                "VALUES (?, ?, ?, to_timestamp(?)::TIMESTAMP)",
                [name, text_hash, f"Text {text_hash}\x1b", at],
            )
    assert [answer(evalkit, "prompts", "show", each)["prompt_hash"] for each in ("aa1", "terse", "bb33")] == [
        "aa11", "aa22", "bb33",
    ]  # fmt: skip
    assert [each["prompt"] for each in answer(evalkit, "prompts", "list")] == ["terse", "terse", "long"]
    assert "\x1b" not in evalkit("prompts", "list")[1]
    for words, said in (("aa", "is the start of 2 prompts"), ("trse", "did you mean terse?")):
        status, _, err = evalkit("prompts", "show", words)
        assert (status, said in err) == (4, True)

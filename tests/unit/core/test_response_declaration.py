"""Each field of a Response is declared once, and every place that keeps answers keeps it."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from evalkit.cache.entry import dump, load
from evalkit.core.finish_reason import VENDOR_WORDS, finish_reason_of
from evalkit.core.message import Media, MediaPart, Message, TextPart
from evalkit.core.response import GIVEN, KINDS, TITLES, Response
from evalkit.core.response_values import checked
from evalkit.core.sample import Sample
from evalkit.models.replay import FIELDS
from evalkit.store.migrate import migrate, migrations
from evalkit.store.rows import RESPONSE_COLUMNS, response_row
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.store.records import make_evaluation, make_run

PICTURE = Media.of(b"\x89PNG", "image/png", "cat.png")
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
STEPS = (
    Message("assistant", "", tool_calls=(CALL,)),
    Message("tool", "a cat", (TextPart("a cat"), MediaPart("image", PICTURE)), tool_call_id="c1"),
)
FULL: dict[str, Any] = {
    "finish_reason": "tool_calls",
    "prompt_tokens": 120,
    "completion_tokens": 40,
    "cost_usd": 0.25,
    "latency_s": 1.5,
    "ttft_s": 0.25,
    "choice_logprobs": (-0.5, -1.5),
    "created_at": 1_700_000_000.0,
    "contexts": ("a passage",),
    "tool_calls": (CALL,),
    "choice_tokens": (1, 2),
    "model_revision": "m-1",
    "vendor_finish_reason": "tool_use",
    "cached_tokens": 100,
    "cache_write_tokens": 20,
    "reasoning_tokens": 30,
    "reasoning": "first this, then that",
    "queue_s": 0.125,
    "retries": 2,
    "request_id": "req_1",
    "is_batched": True,
    "trajectory": STEPS,
    "throttled": 1,
    "cost_source": "spec",
}
RESPONSE = Response("x", **FULL)


def without_bytes(response: Response) -> Response:
    """As it is read back: media are known by their hash."""
    media = replace(PICTURE, data=b"")
    parts = (TextPart("a cat"), MediaPart("image", media))
    return replace(response, trajectory=(STEPS[0], replace(STEPS[1], parts=parts)))


def test_every_field_that_models_set_has_an_example_here() -> None:
    assert set(FULL) == set(GIVEN) - {"is_cached"}


def test_columns_of_the_store_are_those_that_are_declared_in_their_order_and_type() -> None:
    with duckdb.connect(":memory:") as connection:
        migrate(connection, Path(":memory:"))
        found = connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'responses' "
            "ORDER BY column_index"
        ).fetchall()
    assert tuple(name for name, _ in found) == RESPONSE_COLUMNS
    assert {name: kind for name, kind in found if name in KINDS} == {n: k.sql for n, k in KINDS.items()}


def test_the_store_keeps_every_field(tmp_path: Path) -> None:
    path = tmp_path / "results.duckdb"
    spool = Spool.create(path, "run-a")
    spool.add_run(make_run())
    spool.add_evaluation(make_evaluation())
    placed = replace(RESPONSE.placed("s", 0, "asked", 1.0), media=(PICTURE.sha256,))
    spool.add_response("run-a-1", Sample("s", "asked", row={"a": 1}), placed, 0)
    spool.close()
    with Store.open(path) as store:
        (found,) = store.observations("run-a-1").responses
        kept = store.connection.execute("SELECT sha256, data FROM media").fetchall()
    assert found == without_bytes(placed)
    assert kept == [(PICTURE.sha256, PICTURE.data)]


def test_the_cache_keeps_every_field() -> None:
    assert load(dump(RESPONSE)) == replace(without_bytes(RESPONSE), is_cached=True)


def test_an_entry_of_an_older_evalkit_is_read() -> None:
    old = ["x", "stop", 3, 4, 0.5, 1.5, None, [-0.5, None], 7.0, None, None, [1, 2], "m-1"]
    found = load(orjson.dumps(old))
    assert (found.output, found.latency_s, found.model_revision) == ("x", 1.5, "m-1")
    assert (found.choice_logprobs, found.choice_tokens, found.reasoning) == (
        (-0.5, -float("inf")),
        (1, 2),
        None,
    )


def test_a_plain_answer_has_the_entry_that_it_always_had() -> None:
    plain = Response("x", finish_reason="stop", prompt_tokens=3, model_revision="m-1")
    assert dump(plain) == b'["x","stop",3,null,null,null,null,null,null,null,null,null,"m-1"]'


def test_a_recording_may_have_every_field() -> None:
    assert set(FULL) - {"created_at"} <= FIELDS


def test_a_trajectory_may_come_as_plain_objects() -> None:
    plain = [{"role": "assistant", "content": None, "tool_calls": [CALL]}]
    found = checked(Response("x", trajectory=plain))  # type: ignore[arg-type]
    assert found.trajectory == (STEPS[0],)


def test_copies_differ_in_what_was_changed_alone() -> None:
    assert RESPONSE.timed(9.0, 1) == replace(RESPONSE, latency_s=9.0, retries=1)
    placed = RESPONSE.placed("s", 3, "asked", 1.0, "other")
    assert placed == replace(RESPONSE, sample_id="s", repeat=3, input="asked")
    with pytest.raises(AttributeError):
        placed.output = "y"  # type: ignore[misc]


def test_what_has_a_title_is_what_a_table_of_usage_shows() -> None:
    assert {"latency_s", "queue_s", "reasoning_tokens", "retries"} <= set(TITLES) <= set(KINDS)


def test_rows_have_one_value_for_each_column() -> None:
    assert len(response_row("e", Sample("s", "x"), RESPONSE, 0)) == len(RESPONSE_COLUMNS)


@pytest.mark.parametrize(
    ("vendors", "ours"),
    [
        ("end_turn", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("odd", "other"),
        (None, None),
    ],
)
def test_vendors_words_have_one_of_ours(vendors: str | None, ours: str | None) -> None:
    assert finish_reason_of(vendors) == ours


def test_the_migration_reads_vendors_words_as_the_program_does() -> None:
    words = [*(w for ws in VENDOR_WORDS.values() for w in ws), "MAX_TOKENS", "odd"]
    present = migrations()
    with duckdb.connect(":memory:") as connection:
        for number, _, sql in present:
            connection.execute(sql)
            if number == 13:
                connection.execute(
                    "INSERT INTO responses (evaluation_id, finish_reason) SELECT 'e', unnest(?::VARCHAR[])",
                    [words],
                )
        found = connection.execute("SELECT vendor_finish_reason, finish_reason FROM responses").fetchall()
    assert dict(found) == {word: finish_reason_of(word) for word in words}
    assert {
        name for name in (each.name for each in fields(Response)) if name not in RESPONSE_COLUMNS
    } == set()

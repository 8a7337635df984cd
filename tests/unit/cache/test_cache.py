"""The response cache finds an answer by everything that can change it, and survives what happens to files."""

from __future__ import annotations

import asyncio
import math
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalkit.cache import entries as cache_entries
from evalkit.cache.cache import ResponseCache
from evalkit.cache.entry import dump
from evalkit.core.message import Message
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.errors import UsageError
from evalkit.models.model import READS_SAMPLE
from tests.invocation import environment

IDENTITY = {"provider": "openai", "name": "m", "revision": "r1", "base_url": "http://a"}
REQUEST = Request(
    (Message("system", "Be brief."), Message("user", "What is 1 + 1?")),
    GenerateParams(max_tokens=8, stop=("\n",)),
    Sample("s1", "1 + 1"),
    has_roles=True,
)
RESPONSE = Response(
    "2", "s1", 0, "What is 1 + 1?", None, "stop", 10, 1, 0.001, 0.25, 0.1, (-0.5, -math.inf), False,
    1_700_000_000.25, ("a context",), ({"name": "f", "arguments": {"x": 1}},), (1, 2),
)  # fmt: skip


@pytest.fixture
def cache(tmp_path: Path) -> ResponseCache:
    return ResponseCache.open(tmp_path)


def entries(directory: Path) -> int:
    return cache_entries.stats(directory).n_entries


def test_an_answer_comes_back_as_cached_with_its_original_latency_and_cost(cache: ResponseCache) -> None:
    key = cache.key(IDENTITY, REQUEST)
    cache.put(key, RESPONSE)
    expected = replace(RESPONSE, is_cached=True, sample_id="", input="")
    assert cache.get(key) == expected


def test_an_answer_lives_across_processes(tmp_path: Path) -> None:
    first = ResponseCache.open(tmp_path)
    key = first.key(IDENTITY, REQUEST)
    first.put(key, RESPONSE)
    first.close()
    second = ResponseCache.open(tmp_path)
    assert second.key(dict(IDENTITY), REQUEST) == key
    found = second.get(key)
    assert found is not None
    assert found.output == "2"


@pytest.mark.parametrize(
    "changes",
    [
        {"messages": (Message("user", "What is 1 + 1?"),)},
        {"messages": (Message("user", "Be brief."), Message("user", "What is 1 + 1?"))},
        {"has_roles": False},
        {"continuations": (" 2", " 3")},
        {"generate": GenerateParams(max_tokens=9, stop=("\n",))},
        {"generate": GenerateParams(max_tokens=8, stop=("\n",), temperature=0.1)},
        {"generate": GenerateParams(max_tokens=8, stop=("\n",), seed=1)},
        {"generate": GenerateParams(max_tokens=8, stop=("\n",), top_p=0.9)},
        {"generate": GenerateParams(max_tokens=8)},
        {"repeat": 1},
    ],
    ids=str,
)
def test_every_part_of_the_request_changes_the_key(cache: ResponseCache, changes: dict[str, Any]) -> None:
    assert cache.key(IDENTITY, replace(REQUEST, **changes)) != cache.key(IDENTITY, REQUEST)


@pytest.mark.parametrize("part", IDENTITY)
def test_every_part_of_the_identity_changes_the_key(cache: ResponseCache, part: str) -> None:
    assert cache.key({**IDENTITY, part: "other"}, REQUEST) != cache.key(IDENTITY, REQUEST)


def test_the_order_of_mappings_does_not_change_the_key(cache: ResponseCache) -> None:
    turned = dict(reversed(IDENTITY.items()))
    assert cache.key(turned, REQUEST) == cache.key(IDENTITY, REQUEST)


def test_the_sample_beside_the_messages_does_not_change_the_key(cache: ResponseCache) -> None:
    assert cache.key(IDENTITY, replace(REQUEST, sample=Sample("s2", "other"))) == cache.key(IDENTITY, REQUEST)


def test_a_model_that_reads_the_sample_has_a_key_for_each(cache: ResponseCache) -> None:
    reading = {**IDENTITY, READS_SAMPLE: True}
    other = replace(REQUEST, sample=Sample("s1", "1 + 1", row={"unit": "kg"}))
    assert cache.key(reading, other) != cache.key(reading, REQUEST)


def test_choices_that_are_ranked_alike_under_other_labels_have_keys_of_their_own(
    cache: ResponseCache,
) -> None:
    ranked = [
        replace(REQUEST, continuations=(" a", " b"), sample=Sample("s1", "?", choices=labels))
        for labels in (("a", "b"), (" a", " b"))
    ]
    assert cache.key(IDENTITY, ranked[0]) != cache.key(IDENTITY, ranked[1])


def test_a_request_with_half_a_surrogate_pair_has_a_key(cache: ResponseCache) -> None:
    keys = {
        cache.key(IDENTITY, replace(REQUEST, messages=(Message("user", t),))) for t in ("\ud83d", "\ud83e")
    }
    assert len(keys) == 2


def test_a_new_mapping_at_the_address_of_an_old_one_is_not_mistaken_for_it(cache: ResponseCache) -> None:
    assert len({cache.key({"name": str(i)}, REQUEST) for i in range(1000)}) == 1000


def test_errors_are_never_kept(tmp_path: Path, cache: ResponseCache) -> None:
    cache.put(cache.key(IDENTITY, REQUEST), Response(error="boom"))
    cache.close()
    assert entries(tmp_path) == 0


def test_read_finds_and_keeps_nothing_new(tmp_path: Path, cache: ResponseCache) -> None:
    key = cache.key(IDENTITY, REQUEST)
    cache.put(key, RESPONSE)
    reading = ResponseCache.open(tmp_path, "read")
    assert reading.get(key) is not None
    other = reading.key(IDENTITY, replace(REQUEST, repeat=1))
    reading.put(other, RESPONSE)
    assert reading.get(other) is None


def test_read_makes_no_file(tmp_path: Path) -> None:
    reading = ResponseCache.open(tmp_path / "none", "read")
    assert reading.get(reading.key(IDENTITY, REQUEST)) is None
    assert not (tmp_path / "none").exists()


def test_refresh_asks_anew_and_replaces(tmp_path: Path, cache: ResponseCache) -> None:
    key = cache.key(IDENTITY, REQUEST)
    cache.put(key, RESPONSE)
    refreshing = ResponseCache.open(tmp_path, "refresh")
    assert refreshing.get(key) is None
    refreshing.put(key, replace(RESPONSE, output="two"))
    found = cache.get(key)
    assert found is not None
    assert found.output == "two"


def test_off_touches_nothing(tmp_path: Path) -> None:
    off = ResponseCache.open(tmp_path / "none", "off")
    off.put(off.key(IDENTITY, REQUEST), RESPONSE)
    assert off.get(off.key(IDENTITY, REQUEST)) is None
    off.close()
    assert not (tmp_path / "none").exists()


def test_an_unknown_mode_says_what_is_near(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean refresh"):
        ResponseCache.open(tmp_path, "refersh")


def test_what_was_put_is_committed_before_the_loop_waits(tmp_path: Path, cache: ResponseCache) -> None:
    async def ask() -> int:
        cache.put(cache.key(IDENTITY, REQUEST), RESPONSE)
        await asyncio.sleep(0)
        return entries(tmp_path)

    assert asyncio.run(ask()) == 1


def test_a_kill_loses_nothing_that_an_earlier_turn_of_the_loop_put(tmp_path: Path) -> None:
    program = f"""
import asyncio, os, signal, sys
sys.path.insert(0, {str(Path.cwd())!r})
from dataclasses import replace
from tests.unit.cache.test_cache import IDENTITY, REQUEST, RESPONSE, ResponseCache
async def main():
    cache = ResponseCache.open({str(tmp_path)!r})
    for i in range(500):
        cache.put(cache.key(IDENTITY, replace(REQUEST, repeat=i)), RESPONSE)
        if i % 7 == 0:
            await asyncio.sleep(0)
    await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], env=environment(), check=False)
    assert done.returncode == -signal.SIGKILL
    assert entries(tmp_path) == 500


def test_processes_share_a_cache(tmp_path: Path) -> None:
    program = f"""
import sys
from dataclasses import replace
from tests.unit.cache.test_cache import IDENTITY, REQUEST, RESPONSE, ResponseCache
cache = ResponseCache.open({str(tmp_path)!r})
for i in range(300):
    cache.put(cache.key(IDENTITY, replace(REQUEST, repeat=int(sys.argv[1]) + i)), RESPONSE)
cache.close()
"""
    workers = [
        subprocess.Popen([sys.executable, "-W", "error", "-c", program, str(i * 1000)], env=environment())
        for i in range(3)
    ]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    assert entries(tmp_path) == 900


def test_a_file_that_is_no_cache_is_moved_aside_with_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "responses.sqlite"
    file.write_bytes(b"garbage" * 1000)
    with pytest.warns(UserWarning, match=r"cannot be read .* a new one begins"):
        cache = ResponseCache.open(tmp_path)
    cache.put(cache.key(IDENTITY, REQUEST), RESPONSE)
    assert entries(tmp_path) == 1
    (aside,) = tmp_path.glob("*.broken-*")
    assert aside.read_bytes() == b"garbage" * 1000


def test_a_file_that_breaks_while_it_is_open_is_moved_aside_with_a_warning(tmp_path: Path) -> None:
    cache = ResponseCache.open(tmp_path)
    for i in range(200):
        cache.put(cache.key(IDENTITY, replace(REQUEST, repeat=i)), RESPONSE)
    cache.close()
    file = tmp_path / "responses.sqlite"
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    cache = ResponseCache.open(tmp_path)
    with pytest.warns(UserWarning, match="a new one begins"):
        assert cache.get(cache.key(IDENTITY, REQUEST)) is None
    cache.put(cache.key(IDENTITY, REQUEST), RESPONSE)
    assert cache.get(cache.key(IDENTITY, REQUEST)) is not None


def test_a_broken_file_that_another_process_has_replaced_is_left_in_its_place(tmp_path: Path) -> None:
    cache = ResponseCache.open(tmp_path)
    for i in range(200):
        cache.put(cache.key(IDENTITY, replace(REQUEST, repeat=i)), RESPONSE)
    cache.close()
    file = tmp_path / "responses.sqlite"
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    one, other = ResponseCache.open(tmp_path), ResponseCache.open(tmp_path)
    key = one.key(IDENTITY, REQUEST)
    with pytest.warns(UserWarning, match="a new one begins"):
        assert one.get(key) is None
    one.put(key, RESPONSE)
    assert other.get(key) is None  # It sees the damage of the file that it has open.
    other.put(other.key(IDENTITY, replace(REQUEST, repeat=1)), RESPONSE)
    assert entries(tmp_path) == 2


def test_a_cache_of_another_format_is_moved_aside_with_a_warning(tmp_path: Path) -> None:
    ResponseCache.open(tmp_path).close()
    with sqlite3.connect(tmp_path / "responses.sqlite") as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.warns(UserWarning, match="format 999"):
        ResponseCache.open(tmp_path)


@pytest.mark.skipif(not Path("/proc").exists(), reason="no /proc: no folder that nobody can write")
def test_a_folder_that_cannot_be_written_is_one_clear_error() -> None:
    with pytest.raises(UsageError, match=r"cannot be opened.*--llm-cache=off"):
        ResponseCache.open("/proc/evalkit")


def test_entries_are_found_by_their_sample_and_by_their_key(tmp_path: Path, cache: ResponseCache) -> None:
    for repeat in range(2):
        request = replace(REQUEST, repeat=repeat)
        cache.put(cache.key(IDENTITY, request), replace(RESPONSE, repeat=repeat), request)
    found = cache_entries.entries_of(tmp_path, "s1")
    assert [entry.repeat for entry in found] == [1, 0]
    assert [entry.key for entry in cache_entries.entries_of(tmp_path, found[0].key)] == [found[0].key]


def test_a_file_of_an_older_evalkit_is_read_and_written_on(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "responses.sqlite") as connection:
        connection.executescript(
            """CREATE TABLE responses (key BLOB PRIMARY KEY, value BLOB NOT NULL, stored_at REAL NOT NULL,
                   sample_id TEXT, repeat INTEGER, input_digest BLOB);
               CREATE TABLE identities (digest BLOB PRIMARY KEY, text TEXT NOT NULL);
               PRAGMA user_version = 1;"""
        )
        key = ResponseCache(tmp_path / "none" / "x", "off").key(IDENTITY, REQUEST)
        row = (key, dump(RESPONSE), 1.0, "s1", 0, b"12345678")
        connection.execute("INSERT INTO responses VALUES (?, ?, ?, ?, ?, ?)", row)
    connection.close()
    (entry,) = cache_entries.entries_of(tmp_path, "s1")
    assert (entry.response.output, entry.parts, entry.options) == ("2", None, None)
    cache = ResponseCache.open(tmp_path)
    assert cache.get(key) is not None
    other = replace(REQUEST, repeat=1)
    cache.put(cache.key(IDENTITY, other), replace(RESPONSE, repeat=1), other)
    cache.close()
    assert [each.parts is None for each in cache_entries.entries_of(tmp_path, "s1")] == [False, True]


def test_clearing_removes_what_was_asked_for(tmp_path: Path, cache: ResponseCache) -> None:
    for name in ("m1", "m2"):
        cache.put(cache.key({"name": name}, REQUEST), RESPONSE)
    assert cache_entries.clear(tmp_path, older_than_s=3600.0) == 0
    assert cache_entries.clear(tmp_path, text="m1") == 1
    assert [identity for identity, _ in cache_entries.stats(tmp_path).identities] == [{"name": "m2"}]
    assert cache_entries.clear(tmp_path) == 1
    assert cache_entries.clear(tmp_path / "none") == 0

"""Real processes on one store: killed, side by side, in each other's way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from evalkit.errors import StoreLockedError
from evalkit.store.spool import spool_folder
from evalkit.store.store import Store
from tests.invocation import EVALKIT, environment
from tests.unit.store.records import write_run

#: Spools responses until it is killed, and says how many it has appended.
WRITER = """
import sys, time
from pathlib import Path
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.store.spool import Spool
from tests.unit.store.records import make_evaluation, make_run
path, run_id, n = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
spool = Spool.create(path, run_id)
spool.add_run(make_run(run_id, status="running", finished_at=None, started_at=time.time()))
spool.add_evaluation(make_evaluation(run_id + "-1", run_id, status="running"))
for i in range(n):
    spool.add_response(run_id + "-1", Sample(f"s{i}", "x"), Response("y" * 200, f"s{i}"), i)
    if i % 20 == 0:
        print(i + 1, flush=True)
        time.sleep(0.002)
spool.add_run(make_run(run_id))
spool.close()
"""

#: Holds the store for writing until it is killed.
HOLDER = """
import sys, time, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
time.sleep(3600)
"""

#: Folds, and dies at the place that its second argument names.
DYING_FOLDER = """
import os, signal, sys
from evalkit.store import fold, spool_file
from evalkit.store.store import Store
spool_file.CHUNK_BYTES = 20_000
die = lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "after-commit":
    fold._sweep = die
else:
    insert, seen = spool_file.insert, []
    def insert_or_die(*args):
        insert(*args)
        seen.append(1)
        if len(seen) == int(sys.argv[2]):
            die()
    spool_file.insert = insert_or_die
with Store.open(sys.argv[1], mode="write") as store:
    store.fold()
"""


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(words, env=environment(), text=True, stdout=subprocess.PIPE)


def evalkit(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*EVALKIT, *map(str, words)], env=environment(), text=True, capture_output=True, check=False
    )


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def wait_until_spooled(path: Path, n: int, writer: subprocess.Popen[str]) -> None:
    """Return once a writer that goes on has handed ``n`` responses to the operating system."""
    assert writer.stdout is not None
    spool = spool_folder(path) / "run-x" / "main.jsonl"
    while spool.read_bytes().count(b'\n["responses",') < n:
        assert writer.stdout.readline(), "the writer has ended"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results.duckdb"


def test_a_killed_run_is_shown_as_crashed_with_all_but_its_last_second(path: Path) -> None:
    writer = start(WRITER, path, "run-x", 10**9)
    assert writer.stdout is not None
    n_before = 0
    while n_before < 2000:
        n_before = int(writer.stdout.readline())
    # Nobody asks for it: what was appended goes to the operating system by itself.
    wait_until_spooled(path, n_before, writer)
    writer.kill()
    writer.wait()
    shown = evalkit("runs", "--store", path, "--json")
    assert shown.returncode == 0, shown.stderr
    (run,) = json.loads(shown.stdout)
    assert (run["run_id"], run["status"]) == ("run-x", "crashed")
    ((n_stored, n_unique),) = query(path, "SELECT count(*), count(DISTINCT sample_id) FROM responses")
    assert n_stored == n_unique >= n_before  # type: ignore[operator]
    assert not (spool_folder(path) / "run-x").exists()


def test_two_runs_at_once_are_both_whole(path: Path) -> None:
    writers = [start(WRITER, path, f"run-{i}", 3000) for i in range(2)]
    while any(writer.poll() is None for writer in writers):
        assert evalkit("runs", "--store", path).returncode in (0, 4)  # 4: nothing was stored yet
        for writer in writers:
            if writer.stdout is not None and writer.poll() is None:
                writer.stdout.readline()
    assert evalkit("runs", "--store", path).returncode == 0
    counts = query(
        path, "SELECT evaluation_id, count(DISTINCT sample_id), count(*) FROM responses GROUP BY 1"
    )
    assert sorted(counts) == [("run-0-1", 3000, 3000), ("run-1-1", 3000, 3000)]
    assert query(path, "SELECT DISTINCT status FROM runs") == [("finished",)]


def test_readers_see_a_run_that_is_going_on(path: Path) -> None:
    writer = start(WRITER, path, "run-x", 10**9)
    try:
        assert writer.stdout is not None
        writer.stdout.readline()
        n_before = 0
        for _ in range(2):
            wait_until_spooled(path, n_before + 1, writer)
            shown = evalkit("sql", "SELECT count(*) AS n FROM responses", "--json", "--store", path)
            n_seen = json.loads(shown.stdout)[0]["n"]
            assert n_seen > n_before
            n_before = n_seen
        with Store.open(path) as store:
            assert store.run("latest").status == "running"
    finally:
        writer.kill()
        writer.wait()


def test_readers_do_not_hinder_each_other(path: Path) -> None:
    write_run(path)
    with Store.open(path):
        assert evalkit("runs", "--store", path).returncode == 0


def test_a_store_that_another_process_holds_names_that_process(path: Path) -> None:
    write_run(path)
    holder = start(HOLDER, path)
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(StoreLockedError, match=f"process {holder.pid} holds the store") as raised:
            Store.open(path, mode="write", timeout_s=0.2)
        assert f"end process {holder.pid}" in str(raised.value)
    finally:
        holder.kill()
        holder.wait()


def test_a_store_is_waited_for_while_another_process_holds_it(path: Path) -> None:
    write_run(path)
    holder = start(HOLDER, path)
    assert holder.stdout is not None
    holder.stdout.readline()
    waiting = subprocess.Popen([*EVALKIT, "runs", "--store", str(path)], env=environment())
    time.sleep(1.0)
    assert waiting.poll() is None
    holder.kill()
    holder.wait()
    assert waiting.wait(timeout=300) == 0


def test_a_reader_that_cannot_fold_reads_what_is_there_and_says_so(path: Path) -> None:
    write_run(path, "run-a")
    writer = start(WRITER, path, "run-x", 10**9)
    try:
        assert writer.stdout is not None
        writer.stdout.readline()
        with Store.open(path), Store.open(path) as second:  # the first keeps those out that would fold
            assert "this process holds the store" in second.notes[0]
            shown = evalkit("runs", "--store", path)
        assert shown.returncode == 0
        assert "not included yet" in shown.stderr
    finally:
        writer.kill()
        writer.wait()


@pytest.mark.parametrize("place", ["1", "2", "5", "after-commit"])
def test_a_fold_that_is_killed_half_way_repeats_nothing_and_loses_nothing(path: Path, place: str) -> None:
    writer = start(WRITER, path, "run-x", 500)
    writer.communicate()
    dying = start(DYING_FOLDER, path, place)
    dying.communicate()
    assert dying.returncode == -signal.SIGKILL
    with Store.open(path) as store:
        assert store.run("run-x").status == "finished"
        found = [response.sample_id for response in store.observations("run-x-1").responses]
    assert found == [f"s{i}" for i in range(500)]
    assert not (spool_folder(path) / "run-x").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full: no disk that is always full")
def test_a_full_disk_is_one_clear_error_and_keeps_the_rows(path: Path) -> None:
    from evalkit.core.score import Score
    from evalkit.errors import StoreError
    from evalkit.store.spool import Spool

    spool = Spool.create(path, "run-a")
    spool.flush()
    real = os.dup(spool._fd)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, spool._fd)
    spool.add_scores("e", "s", 0, Score("judge", 1.0))
    with pytest.raises(StoreError, match="No space left on device"):
        spool.flush()
    os.dup2(real, spool._fd)
    spool.close()
    with Store.open(path, mode="write") as store:
        assert store.fold().n_rows == 1
    os.close(full)
    os.close(real)

"""500 requests by batch over a loopback server, the session killed (SIGKILL) at every step: what was asked,
and what it cost, beside the same session asked live.

    python -m tests.benchmarks.batch_kills
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from evalkit.cache import entries
from evalkit.core.text import plural
from evalkit.store.store import Store
from tests.batch_server import BatchServer, batches_beside
from tests.invocation import EVALKIT, environment

N = 500
PATIENCE_S = 300.0
TASK = """
task: shout
dataset: {file: cases.jsonl}
scorers:
  - {python: {function: "slowly:shouts"}}
metrics: [accuracy]
gates: [accuracy >= 0.99]
"""
#: Of the run that collected: the live one came after it.
_LAST_BUT_ONE = """
SELECT count(*), count(*) FILTER (is_batched), sum(cost_usd) FROM responses
WHERE starts_with(evaluation_id, (SELECT run_id FROM runs ORDER BY started_at DESC LIMIT 1 OFFSET 1))
"""
#: Keeps the working off of answers long enough for a kill in the middle of it.
SCORER = """
import time

def shouts(sample, response):
    time.sleep(0.01)
    return response.output == sample.target
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, batches_beside(BatchServer(n_looks=None)) as server:
        path = Path(folder)
        _write(path)
        command = _command(server)
        print(f"{N} requests, one batch, loopback server of OpenAI's protocol")

        _kill(path, [*command, "--batch"], lambda: bool(server.looks))
        print(f"killed after submission: {_asked(server)}")

        server.n_looks, server.hangs_at = 1, 60_000
        _kill(path, [*command, "--batch"], lambda: bool(server.downloads))
        print(f"killed in the middle of the download: {_asked(server)}")

        server.hangs_at = None
        _kill(path, [*command, "--batch"], lambda: _n_cached(path) > N // 5)
        print(f"killed with {_n_cached(path)} answers scored: {_asked(server)}")

        done = _run(path, [*command, "--batch"])
        print(f"collected by the same command: status {done.returncode}, {_asked(server)}")
        by_batch = _told_cost(done.stdout)
        live = _run(path, [*command, "--cache=off"])
        print(f"cost in the report: {by_batch} by batch, {_told_cost(live.stdout)} live")
        with Store.open(path / ".evalkit/results.duckdb") as store:
            (row,) = store.connection.execute(_LAST_BUT_ONE).fetchall()
        print(f"rows of the collecting run: {row[0]}, by batch {row[1]}, sum of cost_usd {row[2]:.4f}")
        left = [each.name for each in (path / ".evalkit/results.duckdb.batches").glob("*.json")]
        print(f"batches still remembered: {len(left)}")


def _write(path: Path) -> None:
    (path / "cases.jsonl").write_text(
        "".join(
            json.dumps({"id": f"c{i}", "input": f"word {i}", "target": f"WORD {i}"}) + "\n" for i in range(N)
        )
    )
    (path / "shout.eval.yaml").write_text(TASK)
    (path / "slowly.py").write_text(SCORER)


def _command(server: BatchServer) -> list[str]:
    prices = "&input_usd_per_mtok=1&output_usd_per_mtok=10&batch_share=0.5"
    return [*EVALKIT, "run", ".", f"--model=openai/gpt-x?base_url={server.base_url}{prices}", "--report=off"]


def _kill(path: Path, command: list[str], is_time: Callable[[], bool]) -> None:
    with subprocess.Popen(command, cwd=path, env=environment(), stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + PATIENCE_S
        while not is_time():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the session ended before it was killed: {process.returncode}")
            time.sleep(0.01)
        process.kill()


def _run(path: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=path, env=environment(), capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def _n_cached(path: Path) -> int:
    return entries.stats(path / ".evalkit/cache").n_entries


def _asked(server: BatchServer) -> str:
    batches = len(server.batches)
    return (
        f"{batches} {'batch' if batches == 1 else 'batches'} made, {len(server.asked)} requests, "
        f"none more often than {plural(max(server.asked.values()), 'time')}, {server.live} of them live"
    )


def _told_cost(text: str) -> str:
    found = re.search(r"\$[0-9.]+", text)
    return found.group() if found else f"none in {text[-300:]!r}"


if __name__ == "__main__":
    main()

"""How long a reviewer waits for the disk, and what survives when the server is killed again and again.

``python -m tests.benchmarks.review_kills [KILLS]``: two reviewers label 500 answers each at once over HTTP,
while somebody else reads the store. The server is killed by SIGKILL after some 40 labels, KILLS times
(default 20); each time the same command goes on.
"""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.store.reviews import labels_of
from evalkit.store.store import Store
from tests.faults.test_review_kill import REVIEWERS, Diligent, serve, stored
from tests.unit.review.desks import add_answers, numbered

N_ITEMS, N_BETWEEN = 500, 40


def main(n_kills: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.duckdb"
        add_answers(path, "run-a", numbered(N_ITEMS))
        unanswered: dict[str, dict[str, Any]] = {name: {} for name in REVIEWERS}
        acknowledged: list[str] = []
        waits: list[float] = []
        for n in range(n_kills + 1):
            is_last = n == n_kills
            found = _round(path, unanswered, is_last)
            acknowledged += [review_id for each in found for review_id in each.acknowledged]
            waits += [wait for each in found for wait in each.waits]
        kept = stored(path)
        with Store.open(path) as store:
            labels = labels_of(store.connection, "run-a-1")
    told = {(label.reviewer, label.sample_id) for label in labels}
    middle, slow = np.quantile(waits, [0.5, 0.95]) * 1000
    print(f"{n_kills} kills, {len(acknowledged):,} labels acknowledged")
    print(f"lost: {len(set(acknowledged) - set(kept))}, doubled: {len(kept) - len(set(kept))}")
    print(f"items with a label: {len(told):,} of {N_ITEMS * len(REVIEWERS):,}")
    print(f"acknowledged after {middle:.1f} ms in the median, {slow:.1f} ms at 95 %")


def _round(path: Path, unanswered: dict[str, dict[str, Any]], is_last: bool) -> list[Diligent]:
    taken = threading.Semaphore(0)
    process, links = serve(path, "--n=1000")
    found = [Diligent(links[name], taken, unanswered[name]) for name in REVIEWERS]
    for each in found:
        each.start()
    if not is_last:
        for n in range(N_BETWEEN):
            if not taken.acquire(timeout=30):
                break
            if n == N_BETWEEN // 2:
                stored(path)  # folds what the living server has written so far
        process.kill()
    for each in found:
        each.join(timeout=300)
    if is_last:
        process.send_signal(signal.SIGINT)
    process.wait(timeout=60)
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)

"""Two reviewers at once, and a server that is killed: what was acknowledged is there, once."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import threading
import time
import uuid
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from evalkit.store.reviews import labels_of, reviews_of
from evalkit.store.spool import spool_folder
from evalkit.store.store import Store
from tests.invocation import EVALKIT, environment, heed_ctrl_c
from tests.unit.review.desks import add_answers, numbered

N_ITEMS, N_BEFORE_KILL = 100, 90
REVIEWERS = ("anna", "ben")


class Client:
    """A reviewer over HTTP. ``acknowledged`` are the ids of reviews that the server took."""

    def __init__(self, link: str) -> None:
        self.host, _, token = link.removeprefix("http://").partition("/?")
        self.connection = http.client.HTTPConnection(self.host, timeout=20)
        self.headers: dict[str, str] = {}
        self.connection.request("GET", f"/?{token}")
        reply = self.connection.getresponse()
        reply.read()
        self.headers["Cookie"] = str(reply.headers["Set-Cookie"]).partition(";")[0]
        self.headers["X-CSRF-Token"] = self.ask("GET", "/api/session")["csrf"]

    def ask(self, method: str, address: str, body: Any = None) -> Any:
        sent = None if body is None else json.dumps(body)
        self.connection.request(method, address, sent, {**self.headers, "Content-Type": "application/json"})
        reply = self.connection.getresponse()
        text = reply.read()
        assert reply.status in (200, 201), text
        return json.loads(text)


class Diligent(threading.Thread):
    """Reviews all that is open, one after the other, until the server is gone."""

    def __init__(self, link: str, on_review: threading.Semaphore, unanswered: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self.client = Client(link)
        self.on_review = on_review
        self.unanswered = unanswered
        self.acknowledged: list[str] = []
        #: Seconds until each of them was acknowledged.
        self.waits: list[float] = []

    def run(self) -> None:
        with suppress(OSError, http.client.HTTPException):
            for body in list(self.unanswered.values()):  # as a browser does whose server went away
                self._send(body)
            while items := self.client.ask("GET", "/api/items?open=1&n=10")["items"]:
                for item in items:
                    review_id = str(uuid.uuid4())
                    self._send({"review_id": review_id, "item_id": item["item_id"], "label": "pass"})

    def _send(self, body: dict[str, Any]) -> None:
        self.unanswered[body["review_id"]] = body
        start = time.perf_counter()
        self.client.ask("POST", "/api/reviews", body)
        self.waits.append(time.perf_counter() - start)
        del self.unanswered[body["review_id"]]
        self.acknowledged.append(body["review_id"])
        self.on_review.release()


def serve(path: Path, *more: str) -> tuple[subprocess.Popen[str], dict[str, str]]:
    """The command, and the links that it printed."""
    words = ["review", "--store", str(path), "--reviewers=anna,ben", "--no-browser", "--json", *more]
    process = subprocess.Popen(
        [*EVALKIT, *words],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=heed_ctrl_c,
    )
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())["links"]


def stored(path: Path) -> list[str]:
    with Store.open(path) as store:
        return [each.review_id for each in reviews_of(store.connection, ["run-a-1"])]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_200_reviews_by_two_at_once_survive_a_kill_in_their_middle(tmp_path: Path) -> None:
    path = tmp_path / "results.duckdb"
    add_answers(path, "run-a", numbered(N_ITEMS))
    taken = threading.Semaphore(0)
    unanswered: dict[str, dict[str, Any]] = {name: {} for name in REVIEWERS}

    process, links = serve(path)
    first = [Diligent(links[name], taken, unanswered[name]) for name in REVIEWERS]
    for each in first:
        each.start()
    for _ in range(N_BEFORE_KILL):
        assert taken.acquire(timeout=30)
    process.kill()
    process.wait(timeout=30)
    for each in first:
        each.join(timeout=30)
    acknowledged = [review_id for each in first for review_id in each.acknowledged]
    assert N_BEFORE_KILL <= len(acknowledged) < 2 * N_ITEMS
    assert all(each.acknowledged for each in first)
    assert set(acknowledged) <= set(stored(path))  # folded by whoever reads next

    process, links = serve(path)
    second = [Diligent(links[name], taken, unanswered[name]) for name in REVIEWERS]
    for each in second:
        each.start()
    for each in second:
        each.join(timeout=60)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
    found = stored(path)
    assert set(acknowledged) <= set(found)
    assert len(found) == len(set(found)) == 2 * N_ITEMS
    with Store.open(path) as store:
        labels = labels_of(store.connection, "run-a-1")
    assert Counter((each.reviewer, each.sample_id) for each in labels) == dict.fromkeys(
        ((name, f"s{i}") for name in REVIEWERS for i in range(N_ITEMS)), 1
    )
    assert not list(spool_folder(path).iterdir())

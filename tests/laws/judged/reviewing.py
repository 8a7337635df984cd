"""Two people who review over HTTP while the server lives, and remember what it acknowledged."""

from __future__ import annotations

import http.client
import json
import os
import signal
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.test_review_kill import Client
from tests.laws.judged.judge_server import GOOD
from tests.laws.processes import kill_group
from tests.laws.project import CANARY

REVIEWERS = ("anna", "ben")


@dataclass
class Reviews:
    """What was said in all sessions of ``evalkit review``.

    Attributes:
        acknowledged: id of a review that the server took, to its label.
        undone: ids of those whose end the server acknowledged too.
        unanswered: ids that were sent, and of which nobody knows whether they arrived.
    """

    acknowledged: dict[str, str] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)


@dataclass
class Reviewing:
    """What happens while the command serves; called with its process id.

    Args:
        n: labels of each reviewer, at most; then the server is ended: killed, or by Ctrl-C.
        has_undo: whether the last label of each reviewer is taken back.
    """

    folder: Path
    reviews: Reviews
    n: int
    is_killed: bool
    has_undo: bool

    def __call__(self, pid: int, is_over: Callable[[], bool]) -> None:
        links = self._links(is_over)
        with suppress(OSError, http.client.HTTPException):
            clients = [Client(links[name]) for name in REVIEWERS if name in links]
            given = [client.ask("GET", f"/api/items?open=1&n={self.n}")["items"] for client in clients]
            for place in range(self.n):
                for client, items in zip(clients, given, strict=True):
                    if place < len(items):
                        self._say(client, items[place], is_last=place + 1 == min(self.n, len(items)))
        if is_over():
            return
        if self.is_killed:
            kill_group(pid)
        else:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGINT)

    def _say(self, client: Client, item: Any, *, is_last: bool) -> None:
        """Each twice, as a browser does that heard nothing the first time."""
        label = "pass" if shown_kind(item) in GOOD else "fail"
        review_id = str(uuid.uuid4())
        body = {
            "review_id": review_id,
            "item_id": item["item_id"],
            "label": label,
            "comment": f"not {CANARY}",
        }
        self.reviews.unanswered.add(review_id)
        for _ in range(2):
            client.ask("POST", "/api/reviews", body)
            self.reviews.acknowledged[review_id] = label
        self.reviews.unanswered.discard(review_id)
        if is_last and self.has_undo:
            client.ask("POST", "/api/undo", {"review_id": review_id})
            self.reviews.undone.add(review_id)

    def _links(self, is_over: Callable[[], bool]) -> dict[str, str]:
        """As the command prints them; none where it ended before."""
        while not is_over():
            for line in (
                (self.folder / "output.txt").read_text(encoding="utf-8", errors="replace").splitlines()
            ):
                if line.startswith("{"):
                    with suppress(ValueError):
                        found: dict[str, str] = json.loads(line)["links"]
                        return found
            time.sleep(0.01)
        return {}


def shown_kind(item: Any) -> str:
    """The kind of the answer that an item shows."""
    words = json.dumps(item["sides"]).split("reply ")[1].split()
    return words[1]

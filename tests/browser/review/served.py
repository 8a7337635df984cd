"""The server of reviews: within this process for tests of the page, as a process of its own to be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import uvicorn

from evalkit.core.review import Review, ReviewQuestion
from evalkit.review.desk import Desk
from evalkit.review.planning import Wish, plan
from evalkit.store.review_content import answered
from evalkit.store.reviews import reviews_of
from evalkit.store.store import Store
from evalkit.web.application import application_of
from evalkit.web.hosts import listen, names_of
from evalkit.web.visitors import Visitors
from tests.invocation import EVALKIT, environment, heed_ctrl_c


@dataclass(frozen=True)
class Served:
    """A running server. ``links`` are by reviewer."""

    desk: Desk
    links: dict[str, str]


@contextmanager
def serving(
    store: Path,
    question: ReviewQuestion,
    run_ids: Sequence[str] = ("a",),
    reviewers: Sequence[str] = ("anna",),
) -> Iterator[Served]:
    """The server in a thread; all review everything. Of two runs the second is the opponent."""
    with Store.open(store) as opened:
        sides = [opened.evaluations(run_id)[0] for run_id in run_ids]
        wish = Wish(question, [(sides[0], sides[1] if len(sides) > 1 else None)], 200, 0.2)
        project, _ = plan(opened.connection, wish)
        order = [each.sample_id for each in answered(opened.connection, sides[0].evaluation_id)]
    # In the order of the dataset: tests say which item comes next.
    project = replace(
        project, items=tuple(sorted(project.items, key=lambda item: order.index(item.sample_id)))
    )
    visitors = Visitors(reviewers)
    with (
        Desk.open(store, project, reviewers, len(reviewers)) as desk,
        listen("127.0.0.1", 0) as bound,
    ):
        port = bound.getsockname()[1]
        site = desk.site(visitors, names_of("127.0.0.1"), port, print)
        config = uvicorn.Config(application_of(site), log_config=None, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        tokens = visitors.tokens()
        yield Served(
            desk, {name: f"http://127.0.0.1:{port}/?token={token}" for name, token in tokens.items()}
        )
        server.should_exit = True
        thread.join()


@dataclass
class ReviewProcess:
    """``evalkit review`` as its user starts it, with links by reviewer."""

    store: Path
    options: Sequence[str]
    port: int = 0
    links: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Returns when it serves; at the port that it had before."""
        command = [
            *EVALKIT,
            "review",
            "--json",
            "--no-browser",
            f"--store={self.store}",
            f"--port={self.port}",
        ]
        self._process = subprocess.Popen(
            [*command, *self.options],
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=heed_ctrl_c,
        )
        assert self._process.stdout is not None
        told: dict[str, Any] = _first_json(iter(self._process.stdout.readline, ""))
        self.links = told["links"]
        address = next(iter(self.links.values()))
        self.port = int(address.partition("/?")[0].rpartition(":")[2])

    def kill(self) -> None:
        """As a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As Ctrl-C does: what the journal holds is folded into the store."""
        self._end(signal.SIGINT)

    def _end(self, sign: int) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            os.kill(self._process.pid, sign)
        self._process.communicate()


def _first_json(lines: Iterator[str]) -> dict[str, Any]:
    text = ""
    for line in lines:
        text += line
        try:
            found: dict[str, Any] = json.loads(text)
        except ValueError:
            continue
        return found
    raise AssertionError(f"evalkit review ended early:\n{text}")


def stored_reviews(store: Path, evaluation_id: str) -> list[Review]:
    """Every review in the store, undone ones too."""
    with Store.open(store) as opened:
        return reviews_of(opened.connection, [evaluation_id])


def until(is_true: Any, patience_s: float = 60) -> None:
    """Wait for something that needs no page to be true."""
    end = time.monotonic() + patience_s
    while not is_true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)

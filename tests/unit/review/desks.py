"""Desks over real stores, and reviewers who call them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from evalkit.core.response import Response
from evalkit.core.review import ReviewProject, ReviewQuestion
from evalkit.core.sample import Sample
from evalkit.review.desk import Desk
from evalkit.review.planning import Wish, plan
from evalkit.review.question import question_of
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from evalkit.web.application import application_of
from evalkit.web.guard import Application
from evalkit.web.hosts import names_of
from tests.unit.store.made_once import make_once
from tests.unit.store.records import make_evaluation, make_run
from tests.unit.web.calling import Received, call

PASS_FAIL = question_of("pass_fail")


def add_answers(path: Path, run_id: str, answers: Mapping[str, Response], **changes: Any) -> str:
    """A run whose evaluation has these answers by sample id; the id of the evaluation."""
    content = run_id, answers, changes
    make_once(path, repr(content), lambda: _write_answers(path, *content))
    return f"{run_id}-1"


def _write_answers(
    path: Path, run_id: str, answers: Mapping[str, Response], changes: Mapping[str, Any]
) -> None:
    spool = Spool.create(path, run_id)
    spool.add_run(make_run(run_id))
    spool.add_evaluation(make_evaluation(f"{run_id}-1", run_id, n_samples=len(answers), **changes))
    for i, (sample_id, response) in enumerate(answers.items()):
        sample = Sample(sample_id, f"question of {sample_id}", "expected", content_hash=sample_id)
        spool.add_response(f"{run_id}-1", sample, response, i)
    spool.close()
    with Store.open(path, mode="write") as store:
        store.fold()


def numbered(n: int, word: str = "answer") -> dict[str, Response]:
    return {f"s{i}": Response(f"{word} {i}", f"s{i}") for i in range(n)}


def begin(
    path: Path, question: ReviewQuestion = PASS_FAIL, against: str | None = None, n: int = 1_000
) -> ReviewProject:
    """The project that the command begins for run-a."""
    with Store.open(path) as store:
        opponent = None if against is None else store.evaluation(against)
        sides = [(each, opponent) for each in store.evaluations("run-a")]
        project, _ = plan(store.connection, Wish(question, sides, n, 0.2))
    return project


class Reviewer:
    """Somebody with a link, whose browser keeps the cookie."""

    def __init__(self, application: Application, token: str) -> None:
        self.application = application
        self.cookie = call(application, "GET", f"/?token={token}").headers["set-cookie"].partition(";")[0]
        self.csrf = self.get("/api/session").json["csrf"]

    def get(self, address: str) -> Received:
        return call(self.application, "GET", address, [("cookie", self.cookie)])

    def post(self, address: str, body: Any) -> Received:
        headers = [
            ("cookie", self.cookie), ("x-csrf-token", self.csrf), ("content-type", "application/json"),
        ]  # fmt: skip
        return call(self.application, "POST", address, headers, orjson.dumps(body))

    def items(self, query: str = "n=50") -> list[Any]:
        return list(self.get(f"/api/items?{query}").json["items"])

    def say(self, item_id: str, label: str | None, **fields: Any) -> Received:
        body = {"review_id": str(uuid.uuid4()), "item_id": item_id, "label": label, **fields}
        return self.post("/api/reviews", body)


class Served:
    """A desk with its application; ``failures`` are what should not have happened."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.failures: list[str] = []
        visitors = desk.visitors()
        self.tokens = visitors.tokens()
        self.application = application_of(
            desk.site(visitors, names_of("127.0.0.1"), 80, self.failures.append)
        )

    def reviewer(self, name: str) -> Reviewer:
        return Reviewer(self.application, self.tokens[name])


@contextmanager
def served(
    path: Path, project: ReviewProject, reviewers: Sequence[str] = ("anna", "ben"), overlap: int = 2
) -> Iterator[Served]:
    """The project as the command serves it, until the end of the ``with``."""
    with Desk.open(path, project, reviewers, overlap) as desk:
        found = Served(desk)
        yield found
    assert found.failures == []

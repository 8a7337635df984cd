"""Pages of reviewers in a real browser, each with what it asked for and complained about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from evalkit.core.review import Review, ReviewQuestion
from tests.browser.review.answers import add_run, answers_of_all_forms, short_answers
from tests.browser.review.served import Served, serving

PASS_FAIL = ReviewQuestion("pass_fail", "Is this answer good enough?")
PAIRWISE = ReviewQuestion("pairwise", "Which answer is better?")
RUBRIC = ReviewQuestion(
    "rubric",
    "How good is this answer?",
    "- 1: useless\n- 2: poor\n- 3: fair\n- 4: good\n- 5: excellent",
    None,
    (1, 5),
)
CRITERIA = ReviewQuestion(
    "rubric",
    "How good is this answer?",
    None,
    {"truth": "is all of it true?", "tone": "is it polite?"},
    (1, 5),
)
PERCENT = ReviewQuestion("rubric", "How many percent of it are right?", None, None, (0, 100))
QUESTIONS = {
    "pass_fail": PASS_FAIL, "pairwise": PAIRWISE, "rubric": RUBRIC, "criteria": CRITERIA, "percent": PERCENT,
}  # fmt: skip

#: Tests of one module that use the same store and question.
MOST_SEATS = 20


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """``forms``: an answer of each form, by two Subjects. ``short``: 24 answers of one line."""
    folder = tmp_path_factory.mktemp("review")
    paths = {"forms": folder / "forms.duckdb", "short": folder / "short.duckdb"}
    add_run(paths["forms"], "a", answers_of_all_forms())
    add_run(paths["forms"], "b", answers_of_all_forms(suffix="\n\nThat is all."))
    add_run(paths["short"], "a", short_answers(24))
    return paths


@dataclass(frozen=True)
class Seat:
    """One reviewer of a server."""

    served: Served
    reviewer: str

    @property
    def link(self) -> str:
        return self.served.links[self.reviewer]

    @property
    def reviews(self) -> dict[str, Review]:
        """By sample, what counts of the reviewer, as the server has it."""
        board = self.served.desk.board
        found = {item.sample_id: board.review(self.reviewer, key) for key, item in board.items.items()}
        return {sample: review for sample, review in found.items() if review is not None}

    @property
    def labels(self) -> dict[str, str]:
        return {sample: review.label for sample, review in self.reviews.items()}


@pytest.fixture(scope="module")
def servers(stores: dict[str, Path]) -> Iterator[Callable[[str, str], Iterator[Seat]]]:
    """A server for each store and kind of question, with a reviewer for each test."""
    with ExitStack() as running:

        @cache
        def start(store: str, kind: str) -> Iterator[Seat]:
            runs = ("a", "b") if kind == "pairwise" else ("a",)
            names = [f"r{i}" for i in range(MOST_SEATS)]
            served = running.enter_context(serving(stores[store], QUESTIONS[kind], runs, names))
            return iter([Seat(served, name) for name in names])

        yield start


@pytest.fixture
def sit(servers: Callable[[str, str], Iterator[Seat]]) -> Callable[[str, str], Seat]:
    """Somebody new who reviews one of the stores."""
    return lambda store, kind: next(servers(store, kind))

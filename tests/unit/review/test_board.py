"""Two at once lose nothing, and what the disk does not take was never said."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from evalkit.core.review import ReviewItem, ReviewProject
from evalkit.errors import StoreError
from evalkit.review.board import Board
from evalkit.review.question import question_of
from evalkit.review.sides import shown_left
from evalkit.review.submission import Submission
from evalkit.store.rows import Row
from tests.unit.review.desks import add_answers, begin, numbered, served

N = 20


class Memory:
    """Keeps rows as a journal does, unless the disk is full."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, Row]] = []
        self.is_full = False

    def append(self, rows: Iterable[tuple[str, Row]]) -> None:
        if self.is_full:
            raise StoreError("cannot be written: No space left on device", where="/x", hint="free some space")
        self.rows += rows


def project(n: int = N) -> ReviewProject:
    items = tuple(ReviewItem.of(("e", f"s{i}", 0)) for i in range(n))
    return ReviewProject("p", 0.0, "sums", question_of("pass_fail"), ("e",), (), 0.2, "seed", items)


def said(review_id: str, item_id: str, label: str = "pass") -> Submission:
    return Submission(review_id, item_id, label, None, None, None)


def in_threads(n: int, work: Iterable[threading.Thread]) -> None:
    threads = list(work)
    assert len(threads) == n
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=30)


def test_tabs_that_label_the_same_item_at_once_leave_one_review_that_counts() -> None:
    memory = Memory()
    board = Board(project(), ["anna"], 1, [], memory)
    item = board.assigned["anna"][0]

    def label(tab: int) -> None:
        for i in range(10):
            board.accept("anna", said(f"review-{tab}-{i}", item))

    in_threads(6, (threading.Thread(target=label, args=(tab,)) for tab in range(6)))
    last = {str(row[7]): row[-1] for _, row in memory.rows}
    assert len(last) == 60
    assert Counter(last.values()) == {True: 59, None: 1}
    current = board.review("anna", item)
    assert current is not None
    assert last[current.review_id] is None


def test_a_review_that_is_sent_by_many_at_once_is_taken_once() -> None:
    memory = Memory()
    board = Board(project(), ["anna"], 1, [], memory)
    item, taken = board.assigned["anna"][0], []

    def send() -> None:
        taken.append(board.accept("anna", said("the-same-id", item))[1])

    in_threads(8, (threading.Thread(target=send) for _ in range(8)))
    assert (sorted(taken), len(memory.rows)) == ([False] * 7 + [True], 1)


def test_what_the_disk_does_not_take_was_never_said() -> None:
    memory = Memory()
    board = Board(project(), ["anna"], 1, [], memory)
    first, second = board.assigned["anna"][:2]
    board.accept("anna", said("first-review", first))
    memory.is_full = True
    for submission in (said("second-review", second), said("third-review", first, "fail")):
        with pytest.raises(StoreError):
            board.accept("anna", submission)
    with pytest.raises(StoreError):
        board.undo("anna", "first-review")
    memory.is_full = False
    assert board.review("anna", second) is None
    kept = board.review("anna", first)
    assert kept is not None
    assert (kept.label, kept.is_undone) == ("pass", False)
    assert board.accept("anna", said("second-review", second))[1]


def test_a_full_disk_is_told_to_the_reviewer_without_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.duckdb"
    add_answers(path, "run-a", numbered(1))
    with served(path, begin(path), ["anna"]) as found:
        anna = found.reviewer("anna")

        def full(*_: object) -> None:
            raise StoreError("cannot be written: No space left", where=str(path), hint="free some space")

        with monkeypatch.context() as patched:
            patched.setattr(found.desk._journal, "_write", full)
            reply = anna.say(anna.items()[0]["item_id"], "pass")
        assert reply.status == 503
        assert reply.json == {"error": "cannot be written: No space left", "hint": "free some space"}
        assert len(found.failures) == 1
        found.failures.clear()
        assert anna.items()[0]["mine"] is None


def test_sides_of_a_pair_are_drawn_evenly_and_always_the_same() -> None:
    items = [ReviewItem.of(("e", f"s{i}", 0), ("f", 0)) for i in range(400)]
    drawn = [shown_left("seed", item, "anna") for item in items]
    assert drawn == [shown_left("seed", item, "anna") for item in items]
    assert 160 <= drawn.count("response") <= 240
    assert drawn != [shown_left("seed", item, "ben") for item in items]

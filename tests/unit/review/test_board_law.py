"""Whatever reviewers do: a server that starts anew knows what the one before it knew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.review import ReviewItem, ReviewProject
from evalkit.review.board import Board
from evalkit.review.question import question_of
from evalkit.review.submission import Submission
from evalkit.store.bulk import tables_of
from evalkit.store.connection import Connection
from evalkit.store.migrate import migrate
from evalkit.store.reviews import labels_of, reviews_of
from evalkit.store.rows import Row
from evalkit.store.spool_file import insert
from evalkit.web.call import Refusal

REVIEWERS, LABELS = ("anna", "ben"), ("pass", "fail", "skip")
ITEMS = tuple(ReviewItem.of(("e", f"s{i}", 0)) for i in range(3))
PROJECT = ReviewProject("p", 0.0, "sums", question_of("pass_fail"), ("e",), (), 0.2, "seed", ITEMS)

#: Who says what of which item under which id, or takes which review back (label None).
step = st.tuples(
    st.sampled_from(REVIEWERS), st.integers(0, 2), st.sampled_from([*LABELS, None]), st.integers(0, 7)
)


class Folded:
    """Carries rows into the tables as a fold does."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.table = tables_of(connection, ["reviews"])["reviews"]

    def append(self, rows: Iterable[tuple[str, Row]]) -> None:
        for _, row in rows:
            insert(self.connection, self.table, [list(row)])


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with duckdb.connect(":memory:") as opened:
        migrate(opened, Path(":memory:"))
        yield opened


@settings(max_examples=15, deadline=None)
@given(st.lists(step, max_size=12))
def test_a_board_that_is_made_anew_from_the_store_is_the_same(
    connection: Connection, steps: list[tuple[str, int, str | None, int]]
) -> None:
    connection.execute("DELETE FROM reviews")
    times = iter(range(1, 100))
    board = Board(PROJECT, REVIEWERS, 2, [], Folded(connection), lambda: float(next(times)))
    for reviewer, place, label, number in steps:
        review_id = f"review-{number}"
        try:
            if label is None:
                board.undo(reviewer, review_id)
            else:
                item_id = ITEMS[place].item_id
                board.accept(reviewer, Submission(review_id, item_id, label, None, None, None))
        except Refusal:
            pass
    again = Board(PROJECT, REVIEWERS, 2, reviews_of(connection, ["e"]), Folded(connection))
    pairs = [(reviewer, item.item_id) for reviewer in REVIEWERS for item in ITEMS]
    assert {pair: again.review(*pair) for pair in pairs} == {pair: board.review(*pair) for pair in pairs}
    assert again.progress() == board.progress()
    told = {(label.reviewer, label.sample_id, label.label) for label in labels_of(connection, "e")}
    assert told == {(each.reviewer, each.item.sample_id, each.label) for each in board.labelled()}

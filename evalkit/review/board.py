"""Who has said what so far: kept in memory, and on the disk before anybody is told that it was taken."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from evalkit.core.frozen import frozen
from evalkit.core.review import SKIP, Review, ReviewItem, ReviewProject
from evalkit.review.assignment import assign
from evalkit.review.sides import shown_left
from evalkit.review.submission import Submission, meaning
from evalkit.store.reviews import review_row
from evalkit.store.rows import Row
from evalkit.web.call import Refusal


class Keeper(Protocol):
    """What rows are safe with: a ``Journal``."""

    def append(self, rows: Iterable[tuple[str, Row]]) -> None:
        """All or none of them; raises StoreError."""
        ...


@frozen(slots=True)
class ReviewerProgress:
    """How far one reviewer is. ``n_done`` counts labels and what was skipped."""

    reviewer: str
    n_assigned: int
    n_done: int
    n_skipped: int


class Board:
    """The reviews of one project. Safe from any thread: whoever comes second waits for the disk too.

    Of one reviewer and item there is one review that counts, the latest; earlier ones stay in the store as
    undone.
    """

    def __init__(
        self,
        project: ReviewProject,
        reviewers: Sequence[str],
        overlap: int,
        earlier: Iterable[Review],
        keeper: Keeper,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """
        Args:
            earlier: what was said before, in order; what answers another question is left out.
        """
        self.project = project
        self.reviewers = tuple(reviewers)
        self.items: Mapping[str, ReviewItem] = {item.item_id: item for item in project.items}
        self._keeper = keeper
        self._clock = clock
        self._changing = threading.RLock()
        #: By reviewer and id: nobody replaces what another said.
        self._by_id: dict[tuple[str, str], Review] = {}
        self._current: dict[tuple[str, str], Review] = {}
        for review in earlier:
            self._by_id[review.reviewer, review.review_id] = review
            is_here = review.question_hash == project.question.question_hash
            if is_here and not review.is_undone and review.item.item_id in self.items:
                self._current[review.reviewer, review.item.item_id] = review
        done: dict[str, set[str]] = {}
        for reviewer, item_id in self._current:
            done.setdefault(item_id, set()).add(reviewer)
        self.assigned = assign(list(self.items), self.reviewers, overlap, project.seed, done)
        self._mine = {reviewer: frozenset(its) for reviewer, its in self.assigned.items()}

    def review(self, reviewer: str, item_id: str) -> Review | None:
        """What counts of this reviewer on this item."""
        return self._current.get((reviewer, item_id))

    def accept(self, reviewer: str, submission: Submission) -> tuple[Review, bool]:
        """Keep a review, and say whether it is new: the same one sent again changes nothing.

        Raises Refusal for what is not this reviewer's to say, StoreError where the disk does not take it.
        """
        with self._changing:
            known = self._by_id.get((reviewer, submission.review_id))
            if known is not None:
                return _again(known, submission), False
            review = self._review(reviewer, submission)
            earlier = self._current.get((reviewer, review.item.item_id))
            replaced = [] if earlier is None else [replace(earlier, is_undone=True)]
            self._keep(*replaced, review)
            self._current[reviewer, review.item.item_id] = review
            return review, True

    def undo(self, reviewer: str, review_id: str) -> Review:
        """Take a review back; one that is undone stays so. Raises Refusal for one that is not this
        reviewer's, StoreError."""
        with self._changing:
            known = self._by_id.get((reviewer, review_id))
            if known is None:
                raise Refusal(404, "you gave no review of this id")
            if known.is_undone:
                return known
            undone = replace(known, is_undone=True)
            self._keep(undone)
            self._current.pop((reviewer, undone.item.item_id), None)
            return undone

    def progress(self) -> list[ReviewerProgress]:
        """Of every reviewer, in order."""
        found = []
        for reviewer in self.reviewers:
            its = [self._current.get((reviewer, item_id)) for item_id in self.assigned[reviewer]]
            done = [review for review in its if review is not None]
            n_skipped = sum(review.label == SKIP for review in done)
            found.append(ReviewerProgress(reviewer, len(its), len(done), n_skipped))
        return found

    def labelled(self) -> list[Review]:
        """Every review that counts, of all reviewers who ever were, without those that were skipped."""
        with self._changing:
            return [review for review in self._current.values() if review.value is not None]

    def _review(self, reviewer: str, submission: Submission) -> Review:
        item = self.items.get(submission.item_id)
        if item is None:
            raise Refusal(404, "there is no item of this id")
        if item.item_id not in self._mine.get(reviewer, ()):
            raise Refusal(403, "this item is another reviewer's")
        asked, left = self.project.question, shown_left(self.project.seed, item, reviewer)
        said = meaning(asked, submission, left)
        return Review(
            submission.review_id, reviewer, item, asked.kind, said.label, said.value, self._clock(),
            said.values, submission.comment, left, submission.seconds, False, self.project.project_id,
            asked.question_hash,
        )  # fmt: skip

    def _keep(self, *reviews: Review) -> None:
        """First on the disk, then in memory: what raises here has changed nothing."""
        self._keeper.append([("reviews", review_row(review)) for review in reviews])
        self._by_id |= {(review.reviewer, review.review_id): review for review in reviews}


def _again(known: Review, submission: Submission) -> Review:
    if known.item.item_id != submission.item_id:
        raise Refusal(409, "another review of yours has this id", "give each review an id of its own")
    return known

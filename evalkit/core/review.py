"""What people are asked about answers, and what they say."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal

from evalkit.core.canonical import canonical_json
from evalkit.core.frozen import frozen
from evalkit.core.label import ReviewKind

#: The side of a pair that was shown left.
Side = Literal["response", "opponent"]

SKIP = "skip"


@frozen(slots=True)
class ReviewQuestion:
    """What a reviewer is asked of each item.

    Attributes:
        text: one sentence.
        rubric: what a label means, in Markdown, or None.
        criteria: name to meaning, where each is given a number of its own; empty for one number.
        scale: lowest and highest whole number of a rubric; None for the other kinds.
    """

    kind: ReviewKind
    text: str
    rubric: str | None = None
    criteria: Mapping[str, str] | None = None
    scale: tuple[int, int] | None = None

    @property
    def question_hash(self) -> str:
        """12 hex digits; labels with the same one answer the same question."""
        asked = [self.kind, self.text, self.rubric, self.criteria or None, self.scale]
        return hashlib.sha256(canonical_json(asked)).hexdigest()[:12]


@frozen(slots=True)
class ReviewItem:
    """One answer to review, or a pair of them.

    Attributes:
        item_id: 16 hex digits, the same in every project that asks about the same answers; it tells a
            reviewer nothing.
        picked_for: why it was picked: unsure, disagree, flip, control, all or golden.
        inclusion_probability: with which it was picked, in (0, 1].
    """

    item_id: str
    evaluation_id: str
    sample_id: str
    repeat: int
    opponent_evaluation_id: str | None = None
    opponent_repeat: int | None = None
    picked_for: str = "all"
    inclusion_probability: float = 1.0

    @classmethod
    def of(
        cls,
        answer: tuple[str, str, int],
        opponent: tuple[str, int] | None = None,
        picked_for: str = "all",
        inclusion_probability: float = 1.0,
    ) -> ReviewItem:
        """With its id.

        Args:
            answer: evaluation id, sample id and repeat.
            opponent: evaluation id and repeat of the other side.
        """
        digest = hashlib.sha256(canonical_json([answer, opponent])).hexdigest()[:16]
        evaluation_id, sample_id, repeat = answer
        other_id, other_repeat = opponent or (None, None)
        return cls(
            digest,
            evaluation_id,
            sample_id,
            repeat,
            other_id,
            other_repeat,
            picked_for,
            inclusion_probability,
        )


@frozen(slots=True)
class ReviewProject:
    """A set of items with a question; the same for everyone who reviews.

    Attributes:
        created_at: seconds since the epoch.
        opponent_evaluation_ids: of a pairwise project, in the order of ``evaluation_ids``.
        seed: what picks, sides and assignments are drawn from.
        items: in the order in which they are shown.
    """

    project_id: str
    created_at: float
    task: str
    question: ReviewQuestion
    evaluation_ids: tuple[str, ...]
    opponent_evaluation_ids: tuple[str, ...]
    control_share: float
    seed: str
    items: tuple[ReviewItem, ...]


@frozen(slots=True)
class Review:
    """What one reviewer said of one item; a row of ``reviews``.

    Attributes:
        review_id: unique name that the client gave it.
        label: pass, fail, better, worse, tie, a number as text, or skip.
        value: None where it was skipped, else as ``Label.value``.
        created_at: seconds since the epoch.
        shown_left: of a pair.
        seconds: from when it was shown to the label, None where unknown.
        is_undone: whether it was taken back, or replaced by a later one of the same reviewer.
    """

    review_id: str
    reviewer: str
    item: ReviewItem
    kind: ReviewKind
    label: str
    value: float | None
    created_at: float
    values: Mapping[str, float] | None = None
    comment: str | None = None
    shown_left: Side | None = None
    seconds: float | None = None
    is_undone: bool = False
    project_id: str | None = None
    question_hash: str | None = None

"""Which answers people review: picked once, then kept, so that a command that is started again goes on."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence

from evalkit.core.canonical import canonical_json
from evalkit.core.frozen import frozen
from evalkit.core.review import ReviewItem, ReviewProject, ReviewQuestion
from evalkit.core.run import Evaluation
from evalkit.core.text import plural
from evalkit.errors import UsageError
from evalkit.store.connection import Connection
from evalkit.store.review_content import Answered, answered
from evalkit.store.reviews import project_of


@frozen(slots=True)
class Wish:
    """What the command asks for.

    Attributes:
        pairs: evaluations of one task, each with its opponent or None.
        n: items at most; None takes all.
        control_share: share of them that is picked at random.
    """

    question: ReviewQuestion
    pairs: Sequence[tuple[Evaluation, Evaluation | None]]
    n: int | None
    control_share: float

    @property
    def project_id(self) -> str:
        """16 hex digits: the same wish on the same evaluations is the same project."""
        ids = [[each.evaluation_id, other and other.evaluation_id] for each, other in self.pairs]
        asked = [ids, self.question.question_hash, self.n, self.control_share]
        return hashlib.sha256(canonical_json(asked)).hexdigest()[:16]


def plan(connection: Connection, wish: Wish) -> tuple[ReviewProject, list[str]]:
    """The project that was begun with the same wish, else a new one; and what the user should know.

    Raises UsageError where there is nothing to review.
    """
    known = project_of(connection, wish.project_id)
    if known is not None:
        return known, []
    items: list[ReviewItem] = []
    n_same = n_lost = 0
    for evaluation, opponent in wish.pairs:
        ours = answered(connection, evaluation.evaluation_id)
        if opponent is None:
            items += [ReviewItem.of((evaluation.evaluation_id, each.sample_id, each.repeat)) for each in ours]
            continue
        theirs = {each.sample_id: each for each in answered(connection, opponent.evaluation_id)}
        met = [(each, theirs[each.sample_id]) for each in ours if each.sample_id in theirs]
        comparable = [(one, other) for one, other in met if _is_same_sample(one, other)]
        differing = [(one, other) for one, other in comparable if one.output != other.output]
        n_lost += len(ours) - len(comparable)
        n_same += len(comparable) - len(differing)
        items += [_pair(evaluation, opponent, one, other) for one, other in differing]
    notes = []
    if n_same:
        notes.append(f"{plural(n_same, 'pair')} of equal answers: nothing to choose, so nobody is asked")
    if n_lost:
        notes.append(
            f"{plural(n_lost, 'answer')} without a partner: the other side has no answer to the same"
        )
    if not items:
        hint = "; ".join(notes) or "'evalkit show RUN' says how many answers came"
        raise UsageError("there is nothing to review", hint=hint)
    chosen = items if wish.n is None else items[: wish.n]
    return _project(wish, chosen), notes


def _project(wish: Wish, items: Sequence[ReviewItem]) -> ReviewProject:
    ours = tuple(each.evaluation_id for each, _ in wish.pairs)
    theirs = tuple(other.evaluation_id for _, other in wish.pairs if other is not None)
    return ReviewProject(
        wish.project_id, time.time(), wish.pairs[0][0].task, wish.question, ours, theirs, wish.control_share,
        wish.project_id, tuple(items),
    )  # fmt: skip


def _pair(evaluation: Evaluation, opponent: Evaluation, one: Answered, other: Answered) -> ReviewItem:
    return ReviewItem.of(
        (evaluation.evaluation_id, one.sample_id, one.repeat), (opponent.evaluation_id, other.repeat)
    )


def _is_same_sample(one: Answered, other: Answered) -> bool:
    """What is not known to differ is the same: ids are stable over runs."""
    return None in (one.sample_hash, other.sample_hash) or one.sample_hash == other.sample_hash

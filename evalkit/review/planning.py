"""Which answers people review: picked once, then kept, so that a command that is started again goes on."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace

from evalkit.core.canonical import canonical_json
from evalkit.core.frozen import frozen
from evalkit.core.review import ReviewItem, ReviewProject, ReviewQuestion
from evalkit.core.run import Evaluation
from evalkit.core.text import plural
from evalkit.errors import UsageError
from evalkit.review.picking.candidates import AnswerKey, candidates_of
from evalkit.review.picking.pick import Candidate, pick
from evalkit.store.connection import Connection
from evalkit.store.review_content import FirstAnswer, answered
from evalkit.store.reviews import project_of


@frozen(slots=True)
class Wish:
    """What the command asks for.

    Attributes:
        sides: evaluations of one task, each with the one that it is held against: its opponent in a pair,
            else the baseline that answers may have turned against; None without.
        n: items at most.
        control_share: share of them that is picked at random.
    """

    question: ReviewQuestion
    sides: Sequence[tuple[Evaluation, Evaluation | None]]
    n: int
    control_share: float

    @property
    def project_id(self) -> str:
        """16 hex digits: the same wish on the same evaluations is the same project."""
        ids = [[each.evaluation_id, other and other.evaluation_id] for each, other in self.sides]
        asked = [ids, self.question.question_hash, self.n, self.control_share]
        return hashlib.sha256(canonical_json(asked)).hexdigest()[:16]


def plan(connection: Connection, wish: Wish) -> tuple[ReviewProject, list[str]]:
    """The project that was begun with the same wish, else a new one; and what the user should know.

    Raises UsageError where there is nothing to review.
    """
    known = project_of(connection, wish.project_id)
    if known is not None:
        return known, []
    items: dict[AnswerKey, ReviewItem] = {}
    candidates: list[Candidate[AnswerKey]] = []
    notes: list[str] = []
    for evaluation, other in wish.sides:
        if wish.question.kind == "pairwise" and other is not None:
            found = _pairs(connection, evaluation, other, notes)
        else:
            ours = answered(connection, evaluation.evaluation_id)
            found = [ReviewItem.of((evaluation.evaluation_id, each.sample_id, each.repeat)) for each in ours]
        mine = {(item.evaluation_id, item.sample_id, item.repeat): item for item in found}
        against = None if other is None else other.evaluation_id
        reasoned = candidates_of(connection, evaluation.evaluation_id, against)
        candidates += [each for each in reasoned if each.key in mine]
        items |= mine
    if not candidates:
        hint = "; ".join(notes) or "'evalkit show RUN' says how many answers came"
        raise UsageError("there is nothing to review", hint=hint)
    picks = pick(candidates, wish.n, wish.control_share, wish.project_id)
    chosen = [
        replace(items[each.key], picked_for=each.picked_for, inclusion_probability=each.inclusion_probability)
        for each in picks
    ]
    return _project(wish, chosen), notes


def _pairs(
    connection: Connection, evaluation: Evaluation, opponent: Evaluation, notes: list[str]
) -> list[ReviewItem]:
    """Both answers to each sample where they differ."""
    ours = answered(connection, evaluation.evaluation_id)
    theirs = {each.sample_id: each for each in answered(connection, opponent.evaluation_id)}
    met = [(one, theirs[one.sample_id]) for one in ours if one.sample_id in theirs]
    met = [(one, other) for one, other in met if _is_same_sample(one, other)]
    differing = [(one, other) for one, other in met if one.output != other.output]
    if n_same := len(met) - len(differing):
        notes.append(f"{plural(n_same, 'pair')} of equal answers: nothing to choose, so nobody is asked")
    if n_alone := len(ours) - len(met):
        notes.append(f"{plural(n_alone, 'answer')} without a partner: the other side did not answer the same")
    return [
        ReviewItem.of(
            (evaluation.evaluation_id, one.sample_id, one.repeat), (opponent.evaluation_id, other.repeat)
        )
        for one, other in differing
    ]


def _project(wish: Wish, items: Sequence[ReviewItem]) -> ReviewProject:
    ours = tuple(each.evaluation_id for each, _ in wish.sides)
    opponents = [other for _, other in wish.sides if other is not None]
    theirs = tuple(each.evaluation_id for each in opponents) if wish.question.kind == "pairwise" else ()
    return ReviewProject(
        wish.project_id, time.time(), wish.sides[0][0].task, wish.question, ours, theirs, wish.control_share,
        wish.project_id, tuple(items),
    )  # fmt: skip


def _is_same_sample(one: FirstAnswer, other: FirstAnswer) -> bool:
    """What is not known to differ is the same: ids are stable over runs."""
    return None in (one.sample_hash, other.sample_hash) or one.sample_hash == other.sample_hash

"""What people say of an evaluation, as metrics read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from evalkit.core.label import Label, united
from evalkit.core.observations import Observations
from evalkit.core.reviewed import Preference, Reviewed
from evalkit.core.run import Evaluation
from evalkit.core.subject import DEFAULT_PROMPT
from evalkit.store.connection import Connection
from evalkit.store.reviews import labels_of, labels_of_answers

_HAS_ANY = """
    SELECT 1 FROM reviews JOIN evaluations USING (evaluation_id)
    WHERE task = ? AND value IS NOT NULL AND NOT coalesce(is_undone, false) LIMIT 1"""
_PAIRS = """
    SELECT evaluation_id, opponent_evaluation_id, sample_id, reviewer, value,
           coalesce(inclusion_probability, 1), question_hash, coalesce(picked_for, 'all')
    FROM reviews JOIN evaluations USING (evaluation_id)
    WHERE task = ? AND kind = 'pairwise' AND value IS NOT NULL AND NOT coalesce(is_undone, false)
      AND opponent_evaluation_id IS NOT NULL
    ORDER BY sample_id, reviewer, reviews.created_at"""
_SUBJECTS = """
    SELECT evaluation_id, run_id, coalesce(model, subject_id), coalesce(prompt, 'default')
    FROM evaluations LEFT JOIN subjects USING (subject_id) WHERE task = ?"""


def read_reviewed(
    connection: Connection, evaluation: Evaluation, given: Observations | None = None
) -> Reviewed | None:
    """What people say of the evaluation's answers; None where nobody reviewed any answer of its task.

    Args:
        given: the answers, where they are not stored yet.
    """
    if connection.execute(_HAS_ANY, [evaluation.task]).fetchone() is None:
        return None
    if given is None:
        labels = labels_of(connection, evaluation.evaluation_id)
    else:
        labels = labels_of_answers(connection, evaluation, given)
    own = [each for each in labels if each.kind != "pairwise"]
    pairs = _united([each for each in labels if each.kind == "pairwise"])
    if not pairs:
        return Reviewed(own, (), evaluation.subject.label)
    names = _Names(connection, evaluation, [each.opponent_evaluation_id or "" for each in pairs])
    preferences = [*_own(evaluation, pairs, names), *_others(connection, evaluation, names)]
    return Reviewed(own, preferences, names.own)


class _Subject(NamedTuple):
    run_id: str
    label: str


class _Names:
    """What Subjects are called: their label. Where the evaluation met an earlier one of its Subject, these
    two have their runs before it."""

    def __init__(self, connection: Connection, evaluation: Evaluation, opponents: Sequence[str]) -> None:
        rows = connection.execute(_SUBJECTS, [evaluation.task]).fetchall()
        self._subjects = {
            row[0]: _Subject(row[1], row[2] if row[3] == DEFAULT_PROMPT else f"{row[2]}#{row[3]}")
            for row in rows
        }
        self._label = evaluation.subject.label
        self._with_run = any(self.is_of_own_subject(each) for each in opponents)
        self.own = f"{evaluation.run_id}::{self._label}" if self._with_run else self._label

    def is_of_own_subject(self, evaluation_id: str) -> bool:
        found = self._subjects.get(evaluation_id)
        return found is not None and found.label == self._label

    def of(self, evaluation_id: str) -> str:
        """A Subject that the store has no more is called by the id of its evaluation."""
        found = self._subjects.get(evaluation_id)
        if found is None:
            return evaluation_id
        return f"{found.run_id}::{found.label}" if found.label == self._label else found.label


def _own(evaluation: Evaluation, pairs: Sequence[Label], names: _Names) -> Iterator[Preference]:
    """Pairs with an answer of the evaluation; one whose both sides gave the same text is none."""
    for each in pairs:
        opponent = each.opponent_evaluation_id
        if opponent is not None and opponent != evaluation.evaluation_id:
            yield Preference(
                each.sample_id, each.reviewer, names.own, names.of(opponent), each.value,
                each.inclusion_probability, each.question_hash,
            )  # fmt: skip


def _others(connection: Connection, evaluation: Evaluation, names: _Names) -> Iterator[Preference]:
    """Pairs among other Subjects; those with other answers of the same Subject say nothing of these."""
    found: dict[str, list[Label]] = {}
    for row in connection.execute(_PAIRS, [evaluation.task]).fetchall():
        first, second, sample_id, reviewer, value, probability, question, picked_for = row
        is_own = evaluation.evaluation_id in (first, second)
        if is_own or names.is_of_own_subject(first) or names.is_of_own_subject(second):
            continue
        label = Label(
            sample_id, 0, reviewer, "pairwise", value, inclusion_probability=probability,
            opponent_evaluation_id=second, picked_for=picked_for, question_hash=question,
        )  # fmt: skip
        found.setdefault(first, []).append(label)
    for first, labels in found.items():
        for each in _united(labels):
            yield Preference(
                each.sample_id, each.reviewer, names.of(first), names.of(each.opponent_evaluation_id or ""),
                each.value, each.inclusion_probability, each.question_hash,
            )  # fmt: skip


def _united(pairs: Sequence[Label]) -> list[Label]:
    """Pairs of one evaluation, each with the chance of any review of its two sides to pick it."""
    groups: dict[tuple[str | None, str | None], list[Label]] = {}
    for each in pairs:
        groups.setdefault((each.opponent_evaluation_id, each.question_hash), []).append(each)
    return [each for its in groups.values() for each in united(its)]

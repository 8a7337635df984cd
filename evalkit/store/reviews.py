"""Reading and writing ``reviews`` and ``review_projects``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import orjson

from evalkit.core.columns import column_of
from evalkit.core.label import Label
from evalkit.core.observations import Observations
from evalkit.core.review import Review, ReviewItem, ReviewProject, ReviewQuestion
from evalkit.core.run import Evaluation
from evalkit.store.connection import Connection
from evalkit.store.rows import Row, json_text

_REVIEW = """evaluation_id, sample_id, repeat, opponent_evaluation_id, opponent_repeat,
    coalesce(picked_for, 'all'), coalesce(inclusion_probability, 1), review_id, reviewer, kind, label, value,
    epoch_us(created_at) / 1e6, named_values, comment, shown_left, seconds, coalesce(is_undone, false),
    project_id, question_hash"""

_PROJECT = """project_id, epoch_us(created_at) / 1e6, task, kind, question, rubric, criteria, scale_low,
    scale_high, evaluation_ids, opponent_evaluation_ids, control_share, seed, items"""

# What people said of each response that an evaluation holds: of it, or of a pair that it was a side of.
_SAID = """
    SELECT evaluation_id, sample_id, repeat, reviewer, kind, value, named_values, label,
           opponent_evaluation_id, opponent_repeat, created_at, inclusion_probability, picked_for,
           question_hash
    FROM reviews
    WHERE kind IS NOT NULL AND value IS NOT NULL AND NOT coalesce(is_undone, false)
    UNION ALL
    SELECT opponent_evaluation_id, sample_id, opponent_repeat, reviewer, kind, 1 - value, NULL,
           CASE label WHEN 'better' THEN 'worse' WHEN 'worse' THEN 'better' ELSE label END,
           evaluation_id, repeat, created_at, inclusion_probability, picked_for, question_hash
    FROM reviews
    WHERE kind = 'pairwise' AND value IS NOT NULL AND NOT coalesce(is_undone, false)
      AND opponent_evaluation_id IS NOT NULL"""

# A text that another answer of the same sample and task has too keeps what was said of it. Samples are the
# same where their contents are; where those are unknown, where what was asked is.
_STORED = """
        SELECT r.sample_id, r.repeat, r.output, r.sample_hash, r.input, e.task
        FROM responses r JOIN evaluations e USING (evaluation_id)
        WHERE r.evaluation_id = $evaluation AND NOT coalesce(r.is_recheck, false)"""
_GIVEN = """
        SELECT unnest($ids::VARCHAR[]) AS sample_id, unnest($repeats::INTEGER[]) AS repeat,
               unnest($outputs::VARCHAR[]) AS output, unnest($hashes::VARCHAR[]) AS sample_hash,
               unnest($inputs::VARCHAR[]) AS input, $task AS task"""
_LABELS = f"""
    WITH said AS ({_SAID}),
    ours AS ({{ours}}),
    found AS (
        SELECT s.*, s.repeat AS our_repeat, false AS is_reused FROM said s
        WHERE s.evaluation_id = $evaluation
        UNION ALL
        SELECT s.*, ours.repeat, true FROM said s
        JOIN evaluations e ON e.evaluation_id = s.evaluation_id
        JOIN responses r ON r.evaluation_id = s.evaluation_id AND r.sample_id = s.sample_id
            AND r.repeat = s.repeat AND NOT coalesce(r.is_recheck, false)
        JOIN ours ON ours.task = e.task AND ours.sample_id = r.sample_id AND ours.output = r.output
        WHERE (s.evaluation_id <> $evaluation OR s.repeat <> ours.repeat)
          AND (ours.sample_hash = r.sample_hash
               OR ((ours.sample_hash IS NULL OR r.sample_hash IS NULL) AND ours.input = r.input))
    ),
    scales AS (
        SELECT question_hash, any_value(scale_low) AS scale_low, any_value(scale_high) AS scale_high
        FROM review_projects WHERE scale_low IS NOT NULL GROUP BY question_hash
    )
    SELECT sample_id, our_repeat, reviewer, kind, value, named_values, coalesce(inclusion_probability, 1),
           is_reused, label, opponent_evaluation_id, opponent_repeat, coalesce(picked_for, 'all'),
           question_hash, scale_low, scale_high
    FROM found LEFT JOIN scales USING (question_hash)
    QUALIFY row_number() OVER (
        PARTITION BY sample_id, our_repeat, reviewer, kind, question_hash, opponent_evaluation_id,
            opponent_repeat
        ORDER BY is_reused, created_at DESC) = 1
    ORDER BY sample_id, our_repeat, reviewer, kind, question_hash, opponent_evaluation_id, opponent_repeat"""


def labels_of(connection: Connection, evaluation_id: str) -> list[Label]:
    """What people say of the answers of an evaluation, by sample, repeat and reviewer.

    A label that was given to the same text, as an answer to the same sample of the same task elsewhere,
    counts too (``is_reused``); one that was given to the very answer goes before it. Of one reviewer, answer
    and question there is one label. Pairs are seen from the side of this evaluation.
    """
    return _labels(connection, _STORED, {"evaluation": evaluation_id})


def labels_of_answers(connection: Connection, evaluation: Evaluation, given: Observations) -> list[Label]:
    """The same of answers that are not stored yet; all labels of them are reused ones."""
    responses, n = given.responses, len(given)
    hashes = given.sample_hashes if given.sample_hashes is not None else [None] * n
    values = {
        "ids": list(given.sample_ids), "repeats": list(column_of(responses, "repeat")),
        "outputs": list(column_of(responses, "output")), "hashes": list(hashes),
        "inputs": list(column_of(responses, "input")), "task": evaluation.task,
    }  # fmt: skip
    return _labels(connection, _GIVEN, {**values, "evaluation": evaluation.evaluation_id})


def _labels(connection: Connection, ours: str, values: Mapping[str, Any]) -> list[Label]:
    rows = connection.execute(_LABELS.format(ours=ours), dict(values)).fetchall()
    return [_label(*row) for row in rows]


def _label(*row: Any) -> Label:
    scale = None if row[-1] is None else (row[-2], row[-1])
    values = [*row[:5], _numbers(row[5]), *row[6:-2], scale]
    return Label(*values)


def reviews_of(connection: Connection, evaluation_ids: Sequence[str]) -> list[Review]:
    """Every review of these evaluations in the order in which they were given, undone and skipped ones too.
    What older evalkits stored without an id is none."""
    rows = connection.execute(
        f"""SELECT {_REVIEW} FROM reviews
            WHERE list_contains(?::VARCHAR[], evaluation_id) AND review_id IS NOT NULL
            ORDER BY created_at, rowid""",
        [list(evaluation_ids)],
    ).fetchall()
    return [_review(row) for row in rows]


def project_of(connection: Connection, project_id: str) -> ReviewProject | None:
    """The project of this id, if it was begun."""
    row = connection.execute(
        f"SELECT {_PROJECT} FROM review_projects WHERE project_id = ?", [project_id]
    ).fetchone()
    return None if row is None else _project(row)


def questions_asked(connection: Connection) -> dict[str, ReviewQuestion]:
    """What reviewers of this store were asked, by ``question_hash``."""
    rows = connection.execute(
        "SELECT DISTINCT question_hash, kind, question, rubric, criteria, scale_low, scale_high"
        " FROM review_projects"
    ).fetchall()
    return {row[0]: _question(*row[1:]) for row in rows}


def review_row(review: Review) -> Row:
    item = review.item
    return [
        item.evaluation_id, item.sample_id, item.repeat, review.reviewer, review.label, review.comment,
        review.created_at, review.review_id, review.project_id, review.question_hash, review.kind,
        review.value, json_text(review.values) if review.values else None, item.opponent_evaluation_id,
        item.opponent_repeat, review.shown_left, item.picked_for, item.inclusion_probability, review.seconds,
        review.is_undone or None,
    ]  # fmt: skip


def project_row(project: ReviewProject) -> Row:
    asked = project.question
    return [
        project.project_id, project.created_at, project.task, asked.kind, asked.text, asked.question_hash,
        asked.rubric, json_text(asked.criteria) if asked.criteria else None, *(asked.scale or (None, None)),
        list(project.evaluation_ids), list(project.opponent_evaluation_ids), project.control_share,
        project.seed, json_text([asdict(item) for item in project.items]),
    ]  # fmt: skip


def _review(row: tuple[Any, ...]) -> Review:
    *answer, opponent, opponent_repeat, picked_for, probability = row[:7]
    other = None if opponent is None else (opponent, opponent_repeat)
    evaluation_id, sample_id, repeat = answer
    item = ReviewItem.of((evaluation_id, sample_id, repeat), other, picked_for, probability)
    review_id, reviewer, kind, label, value, created_at, values, *rest = row[7:]
    return Review(review_id, reviewer, item, kind, label, value, created_at, _numbers(values), *rest)


def _project(row: tuple[Any, ...]) -> ReviewProject:
    project_id, created_at, task, kind, text, rubric, criteria, low, high, ours, theirs, *rest = row
    control_share, seed, items = rest
    question = _question(kind, text, rubric, criteria, low, high)
    known = ReviewItem.__dataclass_fields__
    found = tuple(
        ReviewItem(**{name: value for name, value in each.items() if name in known})
        for each in orjson.loads(items)
    )
    sides = tuple(ours), tuple(theirs)
    return ReviewProject(project_id, created_at, task, question, *sides, control_share, seed, found)


def _numbers(text: str | None) -> Mapping[str, float] | None:
    return orjson.loads(text) if text else None


def _question(kind: Any, text: str, rubric: str | None, criteria: str | None, *scale: Any) -> ReviewQuestion:
    low, high = scale
    meanings = orjson.loads(criteria) if criteria else None
    return ReviewQuestion(kind, text, rubric, meanings, None if low is None else (low, high))

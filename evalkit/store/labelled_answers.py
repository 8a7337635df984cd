"""What people say of the answers to a task, with the answers: evaluations that are not stored yet find labels
of the same text."""

from __future__ import annotations

from evalkit.core.labelled_answer import LabelledAnswer
from evalkit.store.connection import Connection
from evalkit.store.reviews import labels_of

_REVIEWED = """
    SELECT DISTINCT e.evaluation_id FROM evaluations e JOIN (
        SELECT evaluation_id AS reviewed FROM reviews WHERE kind IS NOT NULL
        UNION ALL
        SELECT opponent_evaluation_id FROM reviews WHERE kind IS NOT NULL
    ) ON reviewed = e.evaluation_id
    WHERE e.task = ? ORDER BY 1"""

_ANSWERS = """SELECT sample_id, repeat, output, sample_hash FROM responses
    WHERE evaluation_id = ? AND list_contains(?::VARCHAR[], sample_id) AND NOT coalesce(is_recheck, false)"""


def labelled_answers(connection: Connection, task: str) -> list[LabelledAnswer]:
    """Every label that was given to an answer itself, evaluation by evaluation."""
    ids = [row[0] for row in connection.execute(_REVIEWED, [task]).fetchall()]
    return [each for evaluation_id in ids for each in _of(connection, evaluation_id)]


def _of(connection: Connection, evaluation_id: str) -> list[LabelledAnswer]:
    labels = [each for each in labels_of(connection, evaluation_id) if not each.is_reused]
    samples = list(dict.fromkeys(each.sample_id for each in labels))
    rows = connection.execute(_ANSWERS, [evaluation_id, samples]).fetchall()
    answers = {(row[0], row[1]): row[2:] for row in rows}
    return [
        LabelledAnswer(evaluation_id, each, *answers[each.sample_id, each.repeat])
        for each in labels
        if (each.sample_id, each.repeat) in answers
    ]

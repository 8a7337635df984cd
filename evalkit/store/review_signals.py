"""What the store knows of each answer of an evaluation that may make it worth a person's time."""

from __future__ import annotations

from typing import NamedTuple

from evalkit.store.connection import Connection


class AnswerSignals(NamedTuple):
    """One answer that came; each of the three is None where nothing is known.

    Attributes:
        unsure: how near a judge's probability of yes is to one half, 1 at it and 0 at none or all; or how far
            its judgements of the same answer lie apart, as a share of what it gave in this evaluation.
        disagree: how far the scores of the answer by several scorers lie apart; each scorer's run from 0, the
            lowest that it gave in this evaluation, to 1, the highest.
        flip: how far the score moved against the baseline's answers to the same sample, on that scale.
    """

    sample_id: str
    repeat: int
    unsure: float | None
    disagree: float | None
    flip: float | None


_SCORES = """
    answers AS (
        SELECT sample_id, repeat, position, sample_hash FROM responses
        WHERE evaluation_id = $evaluation AND error IS NULL AND output IS NOT NULL
          AND NOT coalesce(is_recheck, false)),
    scored AS (
        SELECT evaluation_id, sample_id, repeat, scorer, value FROM scores
        WHERE evaluation_id IN ($evaluation, $baseline) AND value IS NOT NULL AND isfinite(value)),
    ranges AS (
        SELECT scorer, min(value) AS least, max(value) - min(value) AS width FROM scored
        GROUP BY scorer HAVING max(value) > min(value)),
    scaled AS (
        SELECT s.* EXCLUDE (value), (value - least) / width AS value
        FROM scored s JOIN ranges USING (scorer)),
    apart AS (
        SELECT sample_id, repeat, max(value) - min(value) AS disagree FROM scaled
        WHERE evaluation_id = $evaluation GROUP BY sample_id, repeat HAVING count(DISTINCT scorer) > 1),
    before AS (
        SELECT s.sample_id, s.scorer, avg(s.value) AS value FROM scaled s
        JOIN responses r USING (evaluation_id, sample_id, repeat)
        JOIN (SELECT DISTINCT sample_id, sample_hash FROM answers) a USING (sample_id)
        WHERE s.evaluation_id = $baseline AND $baseline <> $evaluation
          AND a.sample_hash IS NOT DISTINCT FROM r.sample_hash
        GROUP BY s.sample_id, s.scorer),
    moved AS (
        SELECT s.sample_id, s.repeat, max(abs(s.value - b.value)) AS flip FROM scaled s
        JOIN before b USING (sample_id, scorer)
        WHERE s.evaluation_id = $evaluation GROUP BY s.sample_id, s.repeat)"""
_JUDGED = """
    judged AS (
        SELECT sample_id, repeat, scorer, probability, value FROM judgements
        WHERE evaluation_id = $evaluation AND error IS NULL AND value IS NOT NULL),
    widths AS (SELECT scorer, max(value) - min(value) AS width FROM judged GROUP BY scorer),
    doubts AS (
        SELECT sample_id, repeat, max(doubt) AS unsure FROM (
            SELECT sample_id, repeat, coalesce(
                1 - 2 * abs(avg(probability) - 0.5),
                CASE WHEN any_value(width) > 0 AND count(*) > 1
                     THEN (max(value) - min(value)) / any_value(width) END) AS doubt
            FROM judged JOIN widths USING (scorer) GROUP BY sample_id, repeat, scorer)
        GROUP BY sample_id, repeat)"""


def read_signals(
    connection: Connection, evaluation_id: str, baseline_id: str | None = None
) -> list[AnswerSignals]:
    """Every answer of the evaluation that came, in the order of the dataset.

    Args:
        baseline_id: the evaluation that it is compared with, if any.
    """
    rows = connection.execute(
        f"""WITH {_SCORES}, {_JUDGED}
            SELECT sample_id, repeat, unsure, disagree, flip FROM answers
            LEFT JOIN doubts USING (sample_id, repeat) LEFT JOIN apart USING (sample_id, repeat)
            LEFT JOIN moved USING (sample_id, repeat)
            ORDER BY position, sample_id, repeat""",
        {"evaluation": evaluation_id, "baseline": baseline_id},
    ).fetchall()
    return [AnswerSignals(*row) for row in rows]

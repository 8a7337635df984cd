"""What each sample of an evaluation got before, from the same subject: how its answers vary by themselves.

An earlier answer counts where nothing differs but the time: task hash, model, its parameters, its revision as
reported, prompt hash, the sample's content and the scorer's signature. The rest of the dataset may have
changed, and the run may have been partial or interrupted: a sample is a sample. Copies from the response
cache do not count, and neither do failed responses and scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson

from evalkit.core.run import Evaluation
from evalkit.store.connection import Connection
from evalkit.store.rows import json_text


class OwnValues(NamedTuple):
    """The values that the earlier answers to one sample got from one scorer.

    Attributes:
        n: answers, at least 1; those of one run are its repeats.
        n_runs: runs that they come from.
        mean: of the values; for a binary scorer the share that was right.
        squares: sum of squared deviations from the mean; ``squares / (n - 1)`` is the sample's own variance.
        low, high: the smallest and the largest value.
        last_at: when the last answer was made, seconds since the epoch; None where no answer tells it.
    """

    n: int
    n_runs: int
    mean: float
    squares: float
    low: float
    high: float
    last_at: float | None


#: Scorer name to sample id to values; scorers and samples without earlier answers are absent.
OwnHistory = Mapping[str, Mapping[str, OwnValues]]

_SAME_SUBJECT = """
    SELECT evaluation_id, dataset_hash != '' AND dataset_hash = $dataset_hash, scorer_signatures
    FROM evaluations JOIN subjects USING (subject_id)
    WHERE task = $task AND task_hash = $task_hash AND model = $model AND prompt_hash = $prompt_hash
      AND model_revision IS NOT DISTINCT FROM $revision AND params = $params::JSON
      AND ($without IS NULL OR run_id != $without)
      AND ($until IS NULL OR run_id IN (
          SELECT run_id FROM runs WHERE epoch_us(started_at) / 1e6 <= $until))"""

# Rows of older evalkits have no sample_hash: their samples are the same where the whole dataset is.
_VALUES = """WITH
    earlier AS (SELECT unnest($evaluations::VARCHAR[]) AS evaluation_id,
                       unnest($scorers::VARCHAR[]) AS scorer, unnest($same_data::BOOLEAN[]) AS has_same_data),
    wanted AS (SELECT unnest($ids::VARCHAR[]) AS sample_id, unnest($hashes::VARCHAR[]) AS sample_hash)
    SELECT scorer, sample_id, count(*), count(DISTINCT run_id), avg(value), var_pop(value) * count(*),
           min(value), max(value), max(epoch_us(created_at)) / 1e6
    FROM earlier JOIN scores USING (evaluation_id, scorer)
    JOIN responses r USING (evaluation_id, sample_id, repeat)
    JOIN wanted w USING (sample_id) JOIN evaluations USING (evaluation_id)
    WHERE value IS NOT NULL AND NOT coalesce(is_cached, false)
      AND coalesce(r.sample_hash = w.sample_hash, has_same_data)
    GROUP BY scorer, sample_id ORDER BY scorer, sample_id"""


def read_own_history(
    connection: Connection,
    evaluation: Evaluation,
    sample_hashes: Mapping[str, str | None] | None = None,
    *,
    scorer: str | None = None,
    until: float | None = None,
    without_run: str | None = None,
) -> OwnHistory:
    """Every scorer's values over the earlier answers to each sample of ``evaluation``.

    The evaluation itself need not be stored. Where nothing like it is, one look at ``evaluations`` is all
    that this costs.

    Args:
        sample_hashes: sample id to ``Sample.content_hash``; None takes those that are stored with the
            responses of the evaluation.
        scorer: the only one that is asked about; None asks about all that score the evaluation.
        until: start of the last run that counts, seconds since the epoch.
        without_run: a run whose answers are left out: the one that asks.
    """
    same = _same_subject(connection, evaluation, until, without_run)
    same = [row for row in same if scorer in (None, row[1])]
    if not same:
        return {}
    hashes = _stored_hashes(connection, evaluation) if sample_hashes is None else sample_hashes
    rows = connection.execute(
        _VALUES,
        {
            "evaluations": [evaluation_id for evaluation_id, _, _ in same],
            "scorers": [scorer for _, scorer, _ in same],
            "same_data": [has_same_data for _, _, has_same_data in same],
            "ids": list(hashes),
            "hashes": list(hashes.values()),
        },
    ).fetchall()
    found: dict[str, dict[str, OwnValues]] = {}
    for scorer, sample_id, *values in rows:
        found.setdefault(scorer, {})[sample_id] = OwnValues(*values)
    return found


def _same_subject(
    connection: Connection, evaluation: Evaluation, until: float | None, without_run: str | None
) -> Sequence[tuple[str, str, bool]]:
    """Evaluation id, scorer, whether the data is the same; for each scorer that scored as it does now."""
    subject = evaluation.subject
    rows = connection.execute(
        _SAME_SUBJECT,
        {
            "task": evaluation.task,
            "task_hash": evaluation.task_hash,
            "dataset_hash": evaluation.dataset_hash,
            "model": subject.model,
            "prompt_hash": subject.prompt_hash,
            "revision": subject.model_revision,
            "params": json_text(subject.params),
            "without": without_run,
            "until": until,
        },
    ).fetchall()
    return [
        (evaluation_id, scorer, has_same_data)
        for evaluation_id, has_same_data, signatures in rows
        for scorer, signature in (orjson.loads(signatures) if signatures else {}).items()
        if evaluation.scorer_signatures.get(scorer) == signature
    ]


def _stored_hashes(connection: Connection, evaluation: Evaluation) -> dict[str, str | None]:
    rows = connection.execute(
        "SELECT sample_id, any_value(sample_hash) FROM responses WHERE evaluation_id = ? GROUP BY sample_id",
        [evaluation.evaluation_id],
    ).fetchall()
    return dict(rows)

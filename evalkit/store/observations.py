"""Reading ``responses`` and ``scores`` of one evaluation as parallel columns."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.run import Evaluation
from evalkit.core.score import Score
from evalkit.store.connection import Connection

BATCH = 2_000

# In the order of Response's fields, then what belongs to its Sample.
_RESPONSES = """SELECT output, sample_id, repeat, input, error, finish_reason, prompt_tokens,
    completion_tokens, cost_usd, latency_s, ttft_s, choice_logprobs, is_cached, epoch_us(created_at) / 1e6,
    contexts, tool_calls, choice_tokens, target, is_target_json, position, sample_group
    FROM responses WHERE evaluation_id = ? AND NOT coalesce(is_recheck, false)"""
_SCORES = """SELECT sample_id, repeat, scorer, value, answer, explanation, error
    FROM scores WHERE evaluation_id = ?"""


def read(connection: Connection, evaluation: Evaluation) -> Observations:
    """Every response of the evaluation with its scores, rechecks left out.

    Order: place in the dataset, else order of arrival of a sample's first answer; then repeat. A response
    that a scorer did not judge stands with a Score whose ``error`` says why.
    """
    # Sorted here and not by DuckDB, which would hold every text once more to do it.
    rows = sorted(_responses(connection, evaluation.evaluation_id), key=lambda row: row[0])
    responses = [response for _, response, _, _ in rows]
    groups = [group for _, _, _, group in rows]
    return Observations(
        [response.sample_id for response in responses],
        [target for _, _, target, _ in rows],
        responses,
        _scores(connection, evaluation, responses),
        evaluation.labels,
        evaluation.scorer_signatures,
        groups if any(group is not None for group in groups) else None,
    )


def _responses(
    connection: Connection, evaluation_id: str
) -> Iterator[tuple[tuple[float, int, int], Response, Any, str | None]]:
    """Sort key, response, target and group, as they arrived."""
    seen: dict[Any, Any] = {}  # one object for each text that many rows share
    first: dict[str, int] = {}
    for row in _batched(connection, _RESPONSES, evaluation_id):
        *values, target, is_json, position, group = row
        values[5] = seen.setdefault(values[5], values[5])
        values[11] = _logprobs(values[11])
        values[14] = None if values[14] is None else tuple(values[14])
        values[15] = None if values[15] is None else tuple(json.loads(values[15]))
        values[16] = None if values[16] is None else tuple(values[16])
        response = Response(*values)
        target = json.loads(target) if is_json else seen.setdefault(target, target)
        place = math.inf if position is None else position
        key = (place, first.setdefault(response.sample_id, len(first)), response.repeat)
        yield key, response, target, seen.setdefault(group, group)


def _scores(
    connection: Connection, evaluation: Evaluation, responses: list[Response]
) -> dict[str, list[Score]]:
    index = {(response.sample_id, response.repeat): i for i, response in enumerate(responses)}
    by_scorer: dict[str, list[Score | None]] = {
        name: [None] * len(responses) for name in evaluation.scorer_signatures
    }
    seen: dict[Any, Any] = {}
    for sample_id, repeat, scorer, *row in _batched(connection, _SCORES, evaluation.evaluation_id):
        i = index.get((sample_id, repeat))
        if i is not None:
            if scorer not in by_scorer:
                by_scorer[scorer] = [None] * len(responses)
            by_scorer[scorer][i] = Score(scorer, *[seen.setdefault(value, value) for value in row])
    return {
        name: [score or _unscored(name, response) for score, response in zip(column, responses, strict=True)]
        for name, column in by_scorer.items()
    }


def _unscored(scorer: str, response: Response) -> Score:
    return Score(scorer, error=response.error or "was not scored")


def _batched(connection: Connection, sql: str, evaluation_id: str) -> Iterator[tuple[Any, ...]]:
    cursor = connection.execute(sql, [evaluation_id])
    while rows := cursor.fetchmany(BATCH):
        yield from rows


def _logprobs(values: list[float | None] | None) -> tuple[float, ...] | None:
    return None if values is None else tuple(-math.inf if value is None else value for value in values)

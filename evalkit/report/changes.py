"""How each row did: by itself, and against its baseline."""

from __future__ import annotations

import re
from collections.abc import Sequence

from evalkit.core.estimate import Estimate
from evalkit.core.observations import Observations
from evalkit.core.score import Score
from evalkit.report.data import Change, Status

_SCORER = re.compile(r"scorer:([\w\-]+)")


def deciding_scorer(observations: Observations, estimates: Sequence[Estimate]) -> str | None:
    """The scorer that the first metric with one was computed from, else the first there is."""
    for estimate in estimates:
        match = _SCORER.search(estimate.signature)
        if match is not None and match[1] in observations.scores:
            return match[1]
    return next(iter(observations.scores), None)


def statuses(observations: Observations, scorer: str | None) -> list[Status]:
    """For each row ``pass`` (value >= 1), ``fail`` (<= 0), ``partial``, ``error`` or ``unscored``."""
    responses = observations.responses
    if scorer is None:
        return ["error" if response.error is not None else "unscored" for response in responses]
    return [
        "error" if response.error is not None else _status(score)
        for response, score in zip(responses, observations.scores[scorer], strict=True)
    ]


def _status(score: Score) -> Status:
    if score.value is None:
        return "error"
    if score.value >= 1:
        return "pass"
    return "fail" if score.value <= 0 else "partial"


def pair_rows(base: Observations, candidate: Observations) -> list[int | None]:
    """For each row of ``candidate`` the row of ``base`` with the same sample and repeat."""
    keys = zip(base.sample_ids, (r.repeat for r in base.responses), strict=True)
    known = {key: row for row, key in enumerate(keys)}
    return [
        known.get((sample_id, response.repeat))
        for sample_id, response in zip(candidate.sample_ids, candidate.responses, strict=True)
    ]


def row_changes(
    base: Observations, candidate: Observations, rows: Sequence[int | None], scorer: str | None
) -> list[Change]:
    """For each row of ``candidate`` win, loss, tie, error (either side failed) or new (no partner).

    Without a scorer on both sides a row is a tie when the outputs agree, and ``new`` otherwise.
    """
    if scorer is None or scorer not in base.scores:
        return [_unscored(base, candidate, row, partner) for row, partner in enumerate(rows)]
    before, after = base.scores[scorer], candidate.scores[scorer]
    changes: list[Change] = []
    for row, partner in enumerate(rows):
        if partner is None:
            changes.append("new")
            continue
        old, new = before[partner].value, after[row].value
        if old is None or new is None:
            changes.append("error")
        else:
            changes.append("tie" if new == old else "win" if new > old else "loss")
    return changes


def _unscored(base: Observations, candidate: Observations, row: int, partner: int | None) -> Change:
    if partner is None:
        return "new"
    old, new = base.responses[partner], candidate.responses[row]
    if old.error is not None or new.error is not None:
        return "error"
    return "tie" if old.output == new.output else "new"

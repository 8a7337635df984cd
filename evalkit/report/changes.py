"""How each row did: by itself, and against its baseline."""

from __future__ import annotations

import re
from collections.abc import Sequence

from evalkit.core.columns import column_of
from evalkit.core.estimate import Estimate
from evalkit.core.observations import Observations
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
    errors = column_of(observations.responses, "error")
    if scorer is None:
        return ["unscored" if error is None else "error" for error in errors]
    values = column_of(observations.scores[scorer], "value")
    return [
        "error" if error is not None else _status(value) for error, value in zip(errors, values, strict=True)
    ]


def _status(value: float | None) -> Status:
    if value is None:
        return "error"
    if value >= 1:
        return "pass"
    return "fail" if value <= 0 else "partial"


def pair_rows(base: Observations, candidate: Observations) -> list[int | None]:
    """For each row of ``candidate`` the row of ``base`` with the same sample and repeat."""
    before, after = ((side.sample_ids, column_of(side.responses, "repeat")) for side in (base, candidate))
    if before == after and len(set(before[0])) == len(before[0]):
        return list(range(len(base)))
    known = {key: row for row, key in enumerate(zip(*before, strict=True))}
    return list(map(known.get, zip(*after, strict=True)))


def row_changes(
    base: Observations, candidate: Observations, rows: Sequence[int | None], scorer: str | None
) -> list[Change]:
    """For each row of ``candidate`` win, loss, tie, error (either side failed) or new (no partner).

    Without a scorer on both sides a row is a tie when the outputs agree, and ``new`` otherwise.
    """
    if scorer is None or scorer not in base.scores:
        return [_unscored(base, candidate, row, partner) for row, partner in enumerate(rows)]
    before, after = (column_of(side.scores[scorer], "value") for side in (base, candidate))
    changes: list[Change] = []
    for row, partner in enumerate(rows):
        if partner is None:
            changes.append("new")
            continue
        old, new = before[partner], after[row]
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

"""How well a judge agreed with people: the record of one calibration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from evalkit.core.frozen import frozen
from evalkit.core.judgement import Judgement


@frozen(slots=True)
class JudgeCalibration:
    """A row of ``judge_calibrations``. It holds for one way of judging: the scorer's signature has the judge,
    its prompt, its rubric and its scale.

    Attributes:
        created_at: when it was measured, seconds since the epoch.
        scorer: what the judge's scores are called in the task.
        signature: of the scorer; of one criterion of several ``SIGNATURE.NAME``.
        judge: the judge's spec, several of a panel joined by ``", "``.
        judge_revision: what the judge said of itself, ``SPEC=REVISION`` of each of a panel; None where it
            says nothing.
        source: where the labels are from: the name of a file, or ``reviews``.
        n_labels: responses with a label that the judge judged.
        n_reviewers: people who labelled.
        agreement: share of responses on which judge and people (their majority) say the same, in 0..1.
        kappa, kappa_low, kappa_high: Cohen's, with the ends of its 95 % interval; None where it has none.
        alpha: Krippendorff's, of the judge and people (their majority).
        record: every figure of the calibration, as ``evalkit judge calibrate --json`` prints it.
    """

    calibration_id: str
    created_at: float
    task: str
    scorer: str
    signature: str
    judge: str
    judge_revision: str | None
    source: str
    n_labels: int
    n_reviewers: int
    agreement: float | None
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    alpha: float | None
    record: Mapping[str, Any] = field(default_factory=dict)


def judges_seen(judgements: Iterable[Sequence[Judgement] | None]) -> tuple[str, list[str | None]]:
    """Which judges spoke, as ``JudgeCalibration.judge`` has it, and every revision that they did it with, as
    ``judge_revision`` has it: one, unless a judge changed on the way. Failed judgements do not count, nor
    do those of ``evalkit judge rejudge``, which are not part of any score.

    Args:
        judgements: of each response, None where no judge was asked.
    """
    seen: dict[str, dict[str | None, None]] = {}
    for group in judgements:
        for each in group or ():
            if each.error is None and not each.is_rejudged:
                seen.setdefault(each.judge, {})[each.judge_revision] = None
    judges = sorted(seen)
    n_most = max(map(len, seen.values()), default=0)
    # A judge with fewer revisions than another keeps its last one.
    rows = [
        {judge: list(seen[judge])[min(i, len(seen[judge]) - 1)] for judge in judges} for i in range(n_most)
    ]
    return ", ".join(judges), [_joined(each) for each in rows]


def _joined(revisions: Mapping[str, str | None]) -> str | None:
    if len(revisions) == 1:
        return next(iter(revisions.values()))
    if not any(revisions.values()):
        return None
    return ", ".join(f"{judge}={revision or '?'}" for judge, revision in revisions.items())

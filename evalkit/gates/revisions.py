"""Answers of several model revisions in one evaluation: what they prove holds for none of them."""

from __future__ import annotations

from dataclasses import replace

from evalkit.core.columns import column_of
from evalkit.core.observations import Observations
from evalkit.core.tally import count_revisions, mixture
from evalkit.core.verdict import Verdict


def mixed_revisions(candidate: Observations, baseline: Observations | None = None) -> str:
    """Which revisions answered how many on a side where more than one did; empty where none has that."""
    own = _mixture(candidate)
    other = _mixture(baseline) if baseline is not None else ""
    return "; ".join(filter(None, (own, f"in the baseline {other}" if other else "")))


def _mixture(side: Observations) -> str:
    return mixture(count_revisions(column_of(side.responses, "model_revision")))


def held_back(verdict: Verdict, mixed: str) -> Verdict:
    """``undecided`` in place of a pass over answers that one model did not give; others as they are."""
    if not mixed or verdict.verdict != "pass":
        return verdict
    remark = f"Not a pass: {mixed}. Pin the revision, or ask all anew with --llm-cache=refresh."
    before = verdict.detail and verdict.detail.rstrip(".") + ". "
    return replace(verdict, verdict="undecided", detail=before + remark)

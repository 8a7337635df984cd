"""Answers of several model revisions in one evaluation: what they prove holds for none of them."""

from __future__ import annotations

from evalkit.core.columns import column_of
from evalkit.core.observations import Observations
from evalkit.core.tally import count_revisions, mixture


def mixed_revisions(candidate: Observations, baseline: Observations | None = None) -> str:
    """Which revisions answered how many on a side where more than one did, and what to do; empty where none
    has that."""
    own = _mixture(candidate)
    other = _mixture(baseline) if baseline is not None else ""
    mixed = "; ".join(filter(None, (own, f"in the baseline {other}" if other else "")))
    if not mixed:
        return ""
    return f"Not one model: {mixed}. Pin the revision, or ask again with --llm-cache=refresh."


def _mixture(side: Observations) -> str:
    return mixture(count_revisions(column_of(side.responses, "model_revision")))

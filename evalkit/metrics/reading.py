"""Which Scores a metric can read: by what a scorer says of its own values."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from evalkit.metrics.metric import Reads
from evalkit.registry import SCORERS, is_sample_metric


def can_read(reads: Reads, scorer: str) -> bool:
    """Whether a scorer of this registry name gives what ``reads`` asks for.

    A scorer that does not say (``kind``, ``gives_answer``) may give it: values are checked when they come.
    """
    if scorer not in SCORERS:
        return reads == "number" or not is_sample_metric(scorer)
    cls = _loaded(scorer)
    if reads == "answer":
        return cls is None or cls.gives_answer is not False
    return reads == "number" or _kind(cls) != "graded"


def base_name(name: str, signatures: Mapping[str, str]) -> str:
    """The registry name of a scorer whose scores a task may have called otherwise."""
    return signatures.get(name, name).partition("(")[0]


def _kind(cls: Any) -> str | None:
    if cls is None:
        return None
    kind: str | None = cls.kind
    low, high = cls.bounds
    is_beyond = isfinite(low) and isfinite(high) and (low, high) != (0.0, 1.0)
    return "graded" if kind is None and is_beyond else kind


def _loaded(scorer: str) -> Any:
    try:
        return SCORERS.get(scorer)
    except Exception:  # another package's, and broken: whoever opens it says so
        return None

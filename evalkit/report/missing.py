"""Between which ends a number lies where answers are missing, in the metric's own direction."""

from __future__ import annotations

from evalkit.core.estimate import Estimate
from evalkit.report.numbers import difference_text, value_text

#: Under a table that shows such ends.
NOTE = (
    "Where answers are missing: the value with all of them wrong and all of them right, the difference with "
    "all of them against the candidate and all of them for it. What lies in between nobody knows."
)


def value_ends(estimate: Estimate) -> str:
    """``0.667 to 0.717``, the worst first; empty where nothing is missing or nobody can tell."""
    if estimate.worst is None or estimate.best is None:
        return ""
    return f"{value_text(estimate.metric, estimate.worst)} to {value_text(estimate.metric, estimate.best)}"


def difference_ends(metric: str, worst: float | None, best: float | None) -> str:
    """``−0.060 to +0.010``, the worst first; empty where nothing is missing or nobody can tell."""
    if worst is None or best is None:
        return ""
    return f"{difference_text(metric, worst)} to {difference_text(metric, best)}"


def value_sentence(estimate: Estimate) -> str:
    """``0.667 to 0.717 if the 50 missing were all wrong or all right``, or empty."""
    ends, n = value_ends(estimate), estimate.n_failed
    which = "the one missing was wrong or" if n == 1 else f"the {n:,} missing were all wrong or all"
    return f"{ends} if {which} right" if ends else ""


def difference_sentence(metric: str, worst: float | None, best: float | None) -> str:
    """``difference −0.060 to +0.010 if all missing were against or for the candidate``, or empty."""
    ends = difference_ends(metric, worst, best)
    return f"difference {ends} if all missing were against or for the candidate" if ends else ""

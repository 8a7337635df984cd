"""Numbers that every task has: a page has them in tables of their own, a terminal in one line."""

from __future__ import annotations

from evalkit.core.estimate import Estimate
from evalkit.metrics.always import ALWAYS, OF_JUDGES
from evalkit.metrics.units import TOTALS

COMMON = (*ALWAYS, *TOTALS)


def is_untold(estimate: Estimate) -> bool:
    """Whether nobody asked for it, and no response and no judgement carries it (a price, tokens): nothing to
    say. What they carry, and yet has no value, is said."""
    return estimate.metric in (*COMMON, *OF_JUDGES) and estimate.value is None and not estimate.n


def is_in_brief(estimate: Estimate) -> bool:
    """Whether the one line of a summary tells it, or nothing has to: it takes no row there."""
    if estimate.metric in OF_JUDGES:
        return True
    return estimate.metric in COMMON and (estimate.value is not None or is_untold(estimate))

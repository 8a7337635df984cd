"""What the answers of an evaluation cost, how often they were asked for, and how others failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from evalkit.core.error_kinds import OTHER, counted_kinds
from evalkit.core.frozen import frozen
from evalkit.core.text import plural

#: How ``cost_source`` begins where the answer was recorded, so that nothing was spent on it.
RECORDED = "recorded"

#: How a price is given, for whoever lacks one.
PRICE_HINT = (
    "give ?input_usd_per_mtok=…&output_usd_per_mtok=… in the spec, or [tool.evalkit.prices] in pyproject.toml"
)
#: The same for whoever gave one without the share of it that a batch costs.
BATCH_HINT = "for batches with batch_share, 0.5 for half the price"


@frozen(slots=True)
class Account:
    """Sums over the responses of an evaluation, rechecks left out.

    Attributes:
        cost_usd: the known cost of all answers; None where none is known.
        spent_usd: the part of it that was paid in this run, and not before by what the response cache kept or
            a recording holds.
        n_unpriced: answers whose tokens were counted and whose cost nobody knows.
        n_unpriced_batched: those of them that came by batch, whose share of the price may be all that lacks.
        sources: who says a cost -> of how many answers.
        error_kinds: class of failure -> how many responses failed so.
        retries, throttled: attempts that were made again, and those of them that were told to come slower.
    """

    cost_usd: float | None = None
    spent_usd: float | None = None
    n_unpriced: int = 0
    sources: Mapping[str, int] = field(default_factory=dict)
    error_kinds: Mapping[str, int] = field(default_factory=dict)
    retries: int = 0
    throttled: int = 0
    n_unpriced_batched: int = 0

    @property
    def troubles(self) -> str:
        """``errors: 3 throttled, 2 timed out; 7 attempts repeated, 3 of them throttled``; empty where nobody
        knows more than that calls failed or were repeated."""
        is_told = any(n for kind, n in self.error_kinds.items() if kind != OTHER)
        if not is_told and not self.throttled:
            return ""
        errors = f"errors: {counted_kinds(self.error_kinds)}" if self.error_kinds else ""
        throttled = f", {self.throttled:,} of them throttled" if self.throttled else ""
        attempts = f"{plural(self.retries, 'attempt')} repeated{throttled}" if self.retries else ""
        return "; ".join(filter(None, (errors, attempts)))

    @property
    def is_spent_elsewhere(self) -> bool:
        """Whether answers cost something that this run did not pay."""
        return self.cost_usd is not None and (self.spent_usd or 0.0) < self.cost_usd


def is_spent(is_cached: bool, cost_source: str | None) -> bool:
    """Whether the cost of an answer was paid when it was asked for here."""
    return not is_cached and not (cost_source or "").startswith(RECORDED)

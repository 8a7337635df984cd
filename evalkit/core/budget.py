"""What a session may spend at most, and what it spent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Literal

from evalkit.core.frozen import frozen

#: The limit that a budget was spent by, as options and the store call it.
LimitName = Literal["max_cost", "max_requests", "max_tokens"]

#: Sums of prices are not exact numbers: a cent is 1e-2.
_SLACK_USD = 1e-9


@frozen(slots=True)
class Amount:
    """Requests, tokens (read and written together) and US dollars, each >= 0."""

    n_requests: int = 0
    n_tokens: int = 0
    cost_usd: float = 0.0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            self.n_requests + other.n_requests,
            self.n_tokens + other.n_tokens,
            self.cost_usd + other.cost_usd,
        )

    def __sub__(self, other: Amount) -> Amount:
        """What is left of this one, never less than nothing."""
        return Amount(
            max(0, self.n_requests - other.n_requests),
            max(0, self.n_tokens - other.n_tokens),
            max(0.0, self.cost_usd - other.cost_usd),
        )

    def __bool__(self) -> bool:
        return bool(self.n_requests or self.n_tokens or self.cost_usd)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left but what rounding leaves of prices that were added and taken away again."""
        return not (self.n_requests or self.n_tokens) and self.cost_usd <= _SLACK_USD


NOTHING = Amount()


@frozen(slots=True)
class BudgetLimits:
    """What a session may spend at most; None where it is not bound.

    Attributes:
        max_cost: US dollars.
        max_requests: attempts that are sent, failed ones included.
        max_tokens: tokens that are read and written.
    """

    max_cost: float | None = None
    max_requests: int | None = None
    max_tokens: int | None = None

    def __bool__(self) -> bool:
        return (self.max_cost, self.max_requests, self.max_tokens) != (None, None, None)

    def first_passed(self, amount: Amount) -> LimitName | None:
        """The first limit that ``amount`` does not fit, None where it fits them all."""
        if self.max_requests is not None and amount.n_requests > self.max_requests:
            return "max_requests"
        if self.max_tokens is not None and amount.n_tokens > self.max_tokens:
            return "max_tokens"
        if self.max_cost is not None and amount.cost_usd > self.max_cost + _SLACK_USD:
            return "max_cost"
        return None


@frozen(slots=True)
class BudgetRecord:
    """What became of a session's budget, kept with its Run.

    Attributes:
        spent: what the session used; what the cache or a recording answered is not in it, nor tokens and
            costs that are not bound and that nobody told.
        spent_by: the limit that ended the asking; None where all was asked.
        n_assumed: answers that did not say what they took of what is bound, and count at the most they could.
    """

    limits: BudgetLimits
    spent: Amount = NOTHING
    spent_by: LimitName | None = None
    n_assumed: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for the store."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> BudgetRecord:
        """Read what ``as_dict`` gave."""
        return cls(
            BudgetLimits(**values["limits"]),
            Amount(**values["spent"]),
            values["spent_by"],
            values["n_assumed"],
        )

    @property
    def text(self) -> str:
        """``400 of 400 requests, $0.4100 of $0.5``: requests, and what else is bound."""
        limits, spent = self.limits, self.spent
        of = "" if limits.max_requests is None else f" of {limits.max_requests:,}"
        parts = [f"{spent.n_requests:,}{of} requests"]
        if limits.max_tokens is not None:
            parts.append(f"{spent.n_tokens:,} of {limits.max_tokens:,} tokens")
        if limits.max_cost is not None:
            parts.append(f"${spent.cost_usd:.4f} of ${limits.max_cost:g}")
        return ", ".join(parts)

"""What is set aside for one call, until it is over."""

from __future__ import annotations

from evalkit.core.budget import Amount
from evalkit.core.response import Response
from evalkit.errors import BudgetSpentError, ModelError
from evalkit.runner.budget.budget import Budget
from evalkit.runner.budget.cost_bound import CostBound


class Ticket:
    """Leave to make one call, and to repeat it while the budget has room.

    Args:
        reserved: what was set aside; nothing where the cache has the answer.
        bound: of the Model; None where its price is unknown.
        is_counted: whether the call counts: it does unless a recording answers.

    Attributes:
        reserved: what is set aside until it is closed.
    """

    def __init__(
        self,
        budget: Budget,
        reserved: Amount,
        bound: CostBound | None = None,
        *,
        is_counted: bool = True,
    ) -> None:
        self._is_counted = is_counted
        self._budget = budget
        self.reserved = reserved
        self._one = reserved
        self._bound = bound
        self._used = Amount()
        self._is_assumed = False
        self._is_open = True

    def begin(self) -> None:
        """The first attempt is about to be sent."""
        if self._is_counted:
            self._used += Amount(1)

    def again(self, error: ModelError) -> None:
        """An attempt failed, and another one is to be made. Raises BudgetSpentError where it does not fit.

        A failed attempt counts as a request. Its tokens are not billed, but for one that was late: nobody
        knows how far it came, so that it counts in full.
        """
        if not self._is_counted:
            return
        self._note_lost(error)
        further = self._one if error.kind == "late" else Amount(1)
        if not self._budget.try_reserve(further):
            self._budget.end(further)
            raise BudgetSpentError
        self.reserved += further
        self._used += Amount(1)

    def failed(self, error: BaseException, *, has_answered: bool) -> None:
        """The last attempt failed, and no further one is made; an answer that cannot be read was paid for."""
        if self._is_counted and has_answered:
            self._note_most()
        elif self._is_counted and isinstance(error, ModelError):
            self._note_lost(error)

    def answered(self, response: Response) -> None:
        """An answer came. Where it does not say what it took, it counts at the most that it could."""
        if not self._is_counted:
            return
        n_in, n_out = response.prompt_tokens, response.completion_tokens
        n_tokens = None if n_in is None or n_out is None else n_in + n_out
        cost_usd = response.cost_usd
        if cost_usd is None and self._bound is not None and n_in is not None and n_out is not None:
            cost_usd = self._bound.cost_usd(n_in, n_out)
        limits = self._budget.limits
        if (n_tokens is None and limits.max_tokens) or (cost_usd is None and limits.max_cost):
            self._is_assumed = True
        most_tokens = self._one.n_tokens if limits.max_tokens else 0
        most_usd = self._one.cost_usd if limits.max_cost else 0.0
        self._used += Amount(
            0, most_tokens if n_tokens is None else n_tokens, most_usd if cost_usd is None else cost_usd
        )

    def close(self) -> None:
        """The call is over, or was never made. Safe to call twice."""
        if self._is_open:
            self._is_open = False
            if self.reserved or self._used:
                self._budget.settle(self.reserved, self._used, is_assumed=self._is_assumed)

    def _note_lost(self, error: ModelError) -> None:
        if error.kind == "late":
            self._note_most()

    def _note_most(self) -> None:
        self._is_assumed = True
        self._used += Amount(0, self._one.n_tokens, self._one.cost_usd)

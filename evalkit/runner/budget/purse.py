"""What is set aside for the judges of one answer, from before it is asked for until it was scored.

Where an answer came and nobody could pay its judge, it would be neither judged nor left out. So a Sample is
let in with what its judges take, and their calls wait for nobody.
"""

from __future__ import annotations

from contextvars import ContextVar

from evalkit.core.budget import Amount
from evalkit.runner.budget.budget import Budget
from evalkit.runner.budget.cost_bound import CostBound
from evalkit.runner.budget.ticket import Ticket

#: That of the answer which is being scored.
current_purse: ContextVar[Purse | None] = ContextVar("current_purse", default=None)


class Purse:
    """Attributes:
    is_short: whether a call could not be paid: it was one more than was foreseen, and the budget is spent.
    """

    def __init__(self, budget: Budget, reserved: Amount) -> None:
        self._budget = budget
        self._left = reserved
        self._is_open = True
        self.is_short = False

    def ticket(self, need: Amount, bound: CostBound | None, *, is_counted: bool) -> Ticket | None:
        """Leave for one call: out of what is set aside, and what goes beyond that (an answer that could not
        be read, a longer text) out of what is free just now. None where it does not fit."""
        beyond = need - self._left
        if beyond and not self._budget.try_reserve(beyond):
            self._budget.end(beyond)
            self.is_short = True
            return None
        self._left -= need
        return Ticket(self._budget, need, bound, is_counted=is_counted)

    def close(self) -> None:
        """It was scored, or is not going to be. Safe to call twice."""
        if self._is_open:
            self._is_open = False
            if self._left:
                self._budget.settle(self._left, Amount())

"""A budget that is not passed: what a call may take at most is set aside before it is made."""

from __future__ import annotations

import asyncio

from evalkit.core.budget import Amount, BudgetLimits, BudgetRecord, LimitName
from evalkit.runner.budget.ledger import Account, Ledger, OwnLedger

#: How often other processes are looked at while this one waits for room, in seconds.
_POLL_S = 0.05


class Budget:
    """What a session may spend, over all that it asks. Used in one event loop.

    Args:
        ledger: where it is written down; shared by the processes of a session.
    """

    def __init__(self, limits: BudgetLimits, ledger: Ledger | None = None) -> None:
        self.limits = limits
        self._ledger: Ledger = ledger or OwnLedger()
        self._turn = asyncio.Lock()
        self._settled = asyncio.Event()
        self._dearest = Amount()

    async def reserve(self, amount: Amount) -> bool:
        """Set ``amount`` aside, waiting for what is in flight where that may leave room; False when there is
        none, for good.

        Whoever waits is served in turn: were a small request let past a large one, the samples that are
        asked would be the short ones.
        """
        async with self._turn:
            while not self.try_reserve(amount):
                self._settled.clear()
                if self._is_over(amount):
                    return False
                await self._wait()
        return True

    def try_reserve(self, amount: Amount) -> bool:
        """The same where it fits at once."""
        with self._ledger.opened() as account:
            if account.spent_by is not None or self._passed(account, amount) is not None:
                return False
            account.reserved += amount
        return True

    def settle(self, reserved: Amount, used: Amount, *, is_assumed: bool = False) -> None:
        """A call is over: what it used in place of what was set aside for it."""
        with self._ledger.opened() as account:
            account.reserved -= reserved
            account.spent += used
            account.n_assumed += is_assumed
        self._settled.set()

    def end(self, amount: Amount) -> None:
        """``amount`` does not fit, and nobody waits for room: the asking is over."""
        with self._ledger.opened() as account:
            account.spent_by = account.spent_by or self._passed(account, amount)

    def note_need(self, amount: Amount) -> None:
        """What one call may take at most."""
        dearest = self._dearest
        self._dearest = Amount(
            max(dearest.n_requests, amount.n_requests),
            max(dearest.n_tokens, amount.n_tokens),
            max(dearest.cost_usd, amount.cost_usd),
        )

    @property
    def n_affordable(self) -> int | None:
        """Calls that surely fit what is left, each as dear as the dearest so far; None where nothing says."""
        with self._ledger.opened() as account:
            is_over, taken = account.spent_by is not None, account.spent + account.reserved
        limits, dearest = self.limits, self._dearest
        pairs = [
            (limits.max_requests, taken.n_requests, max(1, dearest.n_requests)),
            (limits.max_tokens, taken.n_tokens, dearest.n_tokens),
            (limits.max_cost, taken.cost_usd, dearest.cost_usd),
        ]
        rooms = [int((most - used) / each) for most, used, each in pairs if most is not None and each]
        return 0 if is_over else max(0, min(rooms)) if rooms else None

    @property
    def record(self) -> BudgetRecord:
        """How it stands; what is still set aside counts as spent, for nobody has settled it."""
        with self._ledger.opened() as account:
            taken = account.spent + account.reserved
            return BudgetRecord(self.limits, taken, account.spent_by, account.n_assumed)

    def _passed(self, account: Account, amount: Amount) -> LimitName | None:
        return self.limits.first_passed(account.spent + account.reserved + amount)

    def _is_over(self, amount: Amount) -> bool:
        """Whether no room will come: nothing is in flight that might take less than was set aside."""
        with self._ledger.opened() as account:
            if account.spent_by is None and account.reserved.is_settled:
                account.spent_by = self._passed(account, amount)
            return account.spent_by is not None

    async def _wait(self) -> None:
        if not self._ledger.is_shared:
            await self._settled.wait()
            return
        try:
            async with asyncio.timeout(_POLL_S):
                await self._settled.wait()
        except TimeoutError:
            pass  # another process may have settled

"""An Asker that asks as far as the budget of its session goes."""

from __future__ import annotations

import asyncio
from typing import Protocol

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.errors import BudgetSpentError
from evalkit.models.model import Model
from evalkit.runner.asking import Asker, Shared
from evalkit.runner.budget.purse import Purse, current_purse
from evalkit.runner.budget.ticket import Ticket
from evalkit.runner.limit import Limit
from evalkit.runner.unit import Unit


class Leaves(Protocol):
    """Who gives leave, see ``Admission``."""

    async def admit(self, unit: Unit, request: Request) -> Ticket | None: ...

    async def single(self, model: Model, request: Request) -> Ticket | None: ...

    def judged(self, purse: Purse, model: Model, request: Request) -> Ticket | None: ...

    def give_up(self, unit: Unit, request: Request) -> None: ...

    def forget(self, unit: Unit, request: Request) -> None: ...


class AdmittedAsker(Asker):
    """See ``Asker``. Units get their leave with their whole Sample, all else call by call."""

    def __init__(self, model: Model, shared: Shared, limit: Limit, admission: Leaves) -> None:
        super().__init__(model, shared, limit)
        self._admission = admission

    async def ask(self, request: Request, unit: Unit | None = None, ticket: Ticket | None = None) -> Response:
        """As of ``Asker``. Raises BudgetSpentError where nothing may be asked any more."""
        ticket = ticket or await self._leave(request, unit)
        if ticket is None:
            raise BudgetSpentError
        try:
            return await super().ask(request, unit, ticket)
        except BudgetSpentError:
            if unit is not None:
                self._admission.forget(unit, request)
            elif (purse := current_purse.get()) is not None:
                purse.is_short = True
            raise
        finally:
            ticket.close()

    async def _leave(self, request: Request, unit: Unit | None) -> Ticket | None:
        if unit is None and (purse := current_purse.get()) is not None:
            return self._admission.judged(purse, self._model, request)
        if unit is None or request.repeat >= unit.n_repeats:  # asked by hand, or again
            return await self._admission.single(self._model, request)
        try:
            return await self._admission.admit(unit, request)
        except asyncio.CancelledError:
            self._admission.give_up(unit, request)
            raise

"""Lets samples in while a budget lasts: each with everybody who is asked it, or not at all.

A Sample of a Task is begun when what is left holds the answers of all Subjects and repeats to it. So a budget
that ends leaves the same Samples to all of them, and no Subject ahead of those that it is compared with.

Samples are let in in one order, whichever Model comes to them first, and every Model goes through its jobs in
that order. So whoever waits for room waits for jobs that need no further leave.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from evalkit.cache.cache import ResponseCache
from evalkit.core.budget import Amount
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.user_code import caught
from evalkit.errors import BudgetSpentError
from evalkit.models.model import Model
from evalkit.pricing.book import PriceBook
from evalkit.runner.admitting import Start
from evalkit.runner.asking import Asker, Shared, cached_answer
from evalkit.runner.budget.asker import AdmittedAsker
from evalkit.runner.budget.budget import Budget
from evalkit.runner.budget.cost_bound import CostBound, cost_bound
from evalkit.runner.budget.most_tokens import most_tokens
from evalkit.runner.budget.purse import Purse, current_purse
from evalkit.runner.budget.ticket import Ticket
from evalkit.runner.jobs import Job, build_request, proportional
from evalkit.runner.limit import Limit
from evalkit.runner.probing import asking_scorers, judge_requests, longest_answer
from evalkit.runner.unit import Unit

#: Number of a cohort, and index of the Sample in its units.
_Key = tuple[int, int]
#: Evaluation id and position.
_Place = tuple[str, int]
#: What is set aside for each call.
_Tickets = dict[_Place, Ticket]


class Admission:
    """One for each session that has a budget. Used in the runner's loop.

    Args:
        cache: what it has takes nothing.
        prices: what models cost; by default what their specs say.
    """

    def __init__(self, budget: Budget, cache: ResponseCache, prices: PriceBook | None = None) -> None:
        self.budget = budget
        self._cache = cache
        self._prices = prices or PriceBook()
        self._bounds: dict[int, CostBound | None] = {}
        self._start: Start | None = None
        self._groups: dict[_Key, asyncio.Task[_Tickets | None]] = {}
        self._purses: dict[_Place, Purse] = {}
        self._handed_out: set[_Key] = set()
        self._is_over = False
        self._cohorts: defaultdict[tuple[str, ...], list[Unit]] = defaultdict(list)
        self._numbers: dict[str, int] = {}
        self._units: list[list[Unit]] = []
        self._indexes: list[dict[str, int]] = []
        self._line: Iterator[_Key] = iter(())
        self._door = asyncio.Lock()

    def begin(self, units: Sequence[Unit], start: Start) -> None:
        """A cohort is the units that are asked the same Samples of a Task."""
        self._start = start
        for unit in units:
            ids = (unit.prepared.task.task, *(sample.id for sample in unit.samples))
            self._cohorts[ids].append(unit)
        self._units = list(self._cohorts.values())
        self._indexes = [{s.id: i for i, s in enumerate(units[0].samples)} for units in self._units]
        for number, cohort in enumerate(self._units):
            self._numbers |= {unit.evaluation_id: number for unit in cohort}

        order = proportional([len(units[0].samples) for units in self._units])
        self._line = ((number, _index(self._units[number][0], turn)) for number, turn in order)

    def jobs(self, units: Sequence[Unit]) -> Iterator[Job]:
        """All jobs of one Model, every task getting on at the same rate."""
        mine: dict[int, list[Unit]] = {}
        for unit in units:
            mine.setdefault(self._numbers[unit.evaluation_id], []).append(unit)
        sizes = [len(its[0].samples) if number in mine else 0 for number, its in enumerate(self._units)]
        for number, turn in proportional(sizes):
            for unit in mine[number]:
                yield from ((unit, turn * unit.n_repeats + repeat) for repeat in range(unit.n_repeats))

    def asker(self, model: Model, shared: Shared, limit: Limit) -> Asker:
        """One that asks as far as the budget goes."""
        return AdmittedAsker(model, shared, limit, self)

    async def admit(self, unit: Unit, request: Request) -> Ticket | None:
        """Leave for one call of a unit; None where the budget is spent, and where the unit was stopped before
        its Sample came in."""
        key, position = self._place(unit, request)
        group = self._groups.get(key)
        if group is None:
            if self._is_over or key in self._handed_out:
                return None
            group = self._line_up(key)
        tickets = await asyncio.shield(group)
        return None if tickets is None else self._taken(key, tickets, unit, position)

    def give_up(self, unit: Unit, request: Request) -> None:
        """Whoever waited for leave has gone."""
        self.drop(unit, self._place(unit, request)[1])

    def drop(self, unit: Unit, position: int) -> None:
        """The call is not made: somebody else is to have what is set aside for it."""
        key = self._numbers[unit.evaluation_id], position // unit.n_repeats
        group = self._groups.get(key)
        if group is not None:
            group.add_done_callback(lambda done: self._give_back(done, key, unit, position))

    async def single(self, model: Model, request: Request) -> Ticket | None:
        """Leave for one call beside the tasks', None where the budget is spent."""
        ticket = self._ticket(model, request)
        return ticket if await self._set_aside([ticket]) else None

    def judged(self, purse: Purse, model: Model, request: Request) -> Ticket | None:
        """Leave for a call of a judge, None where the budget is spent."""
        need = Amount() if model.is_recorded or self._is_known(model, request) else self._need(model, request)
        return purse.ticket(need, self._bound(model), is_counted=not model.is_recorded)

    @contextmanager
    def scoring(self, unit: Unit, sample: Sample, repeat: int) -> Iterator[None]:
        """See ``Admitting``."""
        purse = self._purses.pop(self._place_of(unit, sample, repeat), None)
        if purse is None:
            yield
            return
        token = current_purse.set(purse)
        try:
            yield
        finally:
            current_purse.reset(token)
            purse.close()
        if purse.is_short:
            raise BudgetSpentError

    def forget(self, unit: Unit, request: Request) -> None:
        """There will be no answer to judge."""
        purse = self._purses.pop(self._place_of(unit, request.sample, request.repeat), None)
        if purse is not None:
            purse.close()

    def stop(self) -> None:
        """Nothing more is asked."""
        for group in self._groups.values():
            group.cancel()
        for purse in self._purses.values():
            purse.close()
        self._purses.clear()

    def _line_up(self, key: _Key) -> asyncio.Task[_Tickets | None]:
        """Let all Samples in that come before this one, and then it."""
        for each in self._line:
            self._groups[each] = asyncio.create_task(self._let_in(self._units[each[0]], each[1]))
            if each == key:
                break
        return self._groups[key]

    def _taken(self, key: _Key, tickets: _Tickets, unit: Unit, position: int) -> Ticket | None:
        ticket = tickets.pop((unit.evaluation_id, position), None)
        if not tickets:
            self._groups.pop(key, None)
            self._handed_out.add(key)
        return ticket

    def _give_back(self, group: asyncio.Task[_Tickets | None], key: _Key, unit: Unit, position: int) -> None:
        tickets = None if group.cancelled() or group.exception() else group.result()
        if tickets is not None and (ticket := self._taken(key, tickets, unit, position)) is not None:
            ticket.close()
            if (purse := self._purses.pop((unit.evaluation_id, position), None)) is not None:
                purse.close()

    def _place_of(self, unit: Unit, sample: Sample, repeat: int) -> _Place:
        index = self._indexes[self._numbers[unit.evaluation_id]][sample.id]
        return unit.evaluation_id, index * unit.n_repeats + repeat

    def _place(self, unit: Unit, request: Request) -> tuple[_Key, int]:
        number = self._numbers[unit.evaluation_id]
        index = self._indexes[number][request.sample.id]
        return (number, index), index * unit.n_repeats + request.repeat

    async def _let_in(self, units: Sequence[Unit], index: int) -> _Tickets | None:
        async with self._door:  # in the order in which they were lined up
            return None if self._is_over else await self._begin_sample(units, index)

    async def _begin_sample(self, units: Sequence[Unit], index: int) -> _Tickets | None:
        tickets: _Tickets = {}
        of_judges: dict[_Place, Amount] = {}
        assert self._start is not None
        for unit in units:
            # A Model that cannot start answers nothing, and takes nothing.
            if unit.is_stopped or await self._start(unit.model) is not None:
                continue
            for repeat in range(unit.n_repeats):
                position = index * unit.n_repeats + repeat
                tickets[unit.evaluation_id, position] = self._ticket_of(unit, index, repeat)
                if asking_scorers(unit.scorers):
                    of_judges[unit.evaluation_id, position] = await self._judging(unit, index, repeat)
        if await self._set_aside(list(tickets.values()), of_judges.values()):
            self._purses |= {place: Purse(self.budget, amount) for place, amount in of_judges.items()}
            return tickets
        self._is_over = True
        return None

    async def _judging(self, unit: Unit, index: int, repeat: int) -> Amount:
        """What the judges of one answer take; of one that the cache has, without what it has of them too."""
        sample, total = unit.samples[index], Amount()
        answer = self._known(unit, sample, repeat)
        is_known = answer is not None
        if answer is None:
            answer = longest_answer(int(unit.generate.max_tokens))
        for model, request in await judge_requests(unit.scorers, sample, answer):
            assert self._start is not None
            if await self._start(model) is not None or model.is_recorded:
                continue
            if not (is_known and self._is_known(model, request)):
                total += self._need(model, request)
        return total

    def _known(self, unit: Unit, sample: Sample, repeat: int) -> Response | None:
        identity = unit.model.cache_identity
        if identity is None:
            return None
        try:
            request = build_request(unit, sample, repeat)
        except BaseException as error:  # it is told where it is asked
            caught(error)
            return None
        return cached_answer(self._cache, self._cache.key(identity, request), request)

    async def _set_aside(self, tickets: Sequence[Ticket], beside: Iterable[Amount] = ()) -> bool:
        total = sum((each.reserved for each in tickets), sum(beside, Amount()))
        return not total or await self.budget.reserve(total)

    def _ticket_of(self, unit: Unit, index: int, repeat: int) -> Ticket:
        try:
            request = build_request(unit, unit.samples[index], repeat)
        except BaseException as error:  # it is built again where its failure becomes a row
            caught(error)
            return Ticket(self.budget, Amount())
        return self._ticket(unit.model, request)

    def _ticket(self, model: Model, request: Request) -> Ticket:
        bound = self._bound(model)
        if model.is_recorded:
            return Ticket(self.budget, Amount(), bound, is_counted=False)
        need = self._need(model, request)
        return Ticket(self.budget, Amount() if self._is_known(model, request) else need, bound)

    def _need(self, model: Model, request: Request) -> Amount:
        """What a call takes at most."""
        bound = self._bound(model)
        n_in, n_out = most_tokens(model, request)
        need = Amount(1, n_in + n_out, 0.0 if bound is None else bound.cost_usd(n_in, n_out))
        self.budget.note_need(need)
        return need

    def _bound(self, model: Model) -> CostBound | None:
        """Read once for each Model: where only calls are counted, nobody reads prices."""
        if self.budget.limits.max_cost is None:
            return None
        if id(model) not in self._bounds:
            self._bounds[id(model)] = cost_bound(model, self._prices)
        return self._bounds[id(model)]

    def _is_known(self, model: Model, request: Request) -> bool:
        identity = model.cache_identity
        if identity is None:
            return False
        key = self._cache.key(identity, request)
        return cached_answer(self._cache, key, request) is not None


def _index(unit: Unit, turn: int) -> int:
    """The Sample that the unit is asked as the ``turn``-th."""
    return turn if unit.order is None else unit.order[turn]

"""Who brings answers for many jobs at once, before these are worked off."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Protocol

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.models.model import Model
from evalkit.runner.jobs import Job, interleaved, requests_at
from evalkit.runner.pace import Pace
from evalkit.runner.unit import Unit


class Lane(Protocol):
    """Called in the runner's loop.

    Attributes:
        n_parts: so many parts of a Model's jobs are fetched one after the other, each when the one before
            was scored, so that a Stopper may end units in between.
        pending: why some answers do not come in this session, a sentence; None while they may.
    """

    n_parts: int

    @property
    def pending(self) -> str | None: ...

    def takes(self, model: Model) -> bool:
        """Whether it brings answers of this Model; others are asked as ever."""
        ...

    async def fetch(self, model: Model, requests: Iterable[Request]) -> bool:
        """Get what the cache does not have; whether all that will come is at hand. Where not, ``pending``
        says why."""
        ...

    def at_hand(self, model: Model, request: Request) -> Response | None:
        """The answer that was fetched; None where the Model itself is to be asked. Raises ModelError where
        the request failed."""
        ...


async def fetched_parts(lane: Lane, units: Sequence[Unit], pace: Pace) -> AsyncIterator[list[Job]]:
    """The jobs of one Model, part by part, once their answers are at hand; up to the first part whose answers
    are not. A part is begun as a whole, when the units that its own are compared with are as far."""
    for part in range(lane.n_parts):
        for unit, turn in _first_turns(jobs_of_part(units, part, lane.n_parts)):
            await pace.admit(unit, turn, 0)
        jobs = jobs_of_part(units, part, lane.n_parts)
        for unit, _ in jobs:
            unit.n_issued += 1
        requests = requests_at((unit, unit.position_at(turn)) for unit, turn in jobs)
        if not await lane.fetch(units[0].model, requests):
            return
        yield jobs


def jobs_of_part(units: Sequence[Unit], part: int, n_parts: int) -> list[Job]:
    """The jobs of one part of all Samples of each unit, in the order in which they are worked off; those of
    units that were stopped are left out."""

    def turns(unit: Unit) -> range:
        first, last = (len(unit.samples) * each // n_parts for each in (part, part + 1))
        return range(first * unit.n_repeats, last * unit.n_repeats)

    ranges = {unit.evaluation_id: turns(unit) for unit in units}
    return [(unit, turn) for unit, turn in interleaved(units) if turn in ranges[unit.evaluation_id]]


def _first_turns(jobs: Sequence[Job]) -> Iterator[Job]:
    """The first job of each unit."""
    seen: set[str] = set()
    for unit, turn in jobs:
        if unit.evaluation_id not in seen:
            seen.add(unit.evaluation_id)
            yield unit, turn

"""Who is asked in which order, and what may be asked at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from evalkit.core.sample import Sample
from evalkit.models.model import Model
from evalkit.runner.asking import Asker, Shared
from evalkit.runner.jobs import Job, interleaved
from evalkit.runner.limit import Limit
from evalkit.runner.unit import Unit

_NOTHING = nullcontext()

#: Starts a Model once; the reason as text when it cannot start.
Start = Callable[[Model], Awaitable[str | None]]


class Admitting(Protocol):
    """Called in the runner's loop."""

    def begin(self, units: Sequence[Unit], start: Start) -> None:
        """Told what is going to be asked."""
        ...

    def jobs(self, units: Sequence[Unit]) -> Iterator[Job]:
        """All jobs of one Model, in the order in which they are begun."""
        ...

    def asker(self, model: Model, shared: Shared, limit: Limit) -> Asker:
        """Something that asks the Model what may be asked."""
        ...

    def drop(self, unit: Unit, position: int) -> None:
        """A job is not made after all."""
        ...

    def scoring(self, unit: Unit, sample: Sample, repeat: int) -> AbstractContextManager[None]:
        """While an answer is scored: its judges take what was set aside for them. Raises BudgetSpentError at
        the end where one could not be asked."""
        ...

    def stop(self) -> None:
        """Nothing more is asked."""


class Everything:
    """All that was planned is asked."""

    def begin(self, units: Sequence[Unit], start: Start) -> None:
        """See ``Admitting``."""

    def jobs(self, units: Sequence[Unit]) -> Iterator[Job]:
        """Task by task."""
        return interleaved(units)

    def asker(self, model: Model, shared: Shared, limit: Limit) -> Asker:
        """One that asks whatever it is given."""
        return Asker(model, shared, limit)

    def drop(self, unit: Unit, position: int) -> None:
        """See ``Admitting``."""

    def scoring(self, unit: Unit, sample: Sample, repeat: int) -> AbstractContextManager[None]:
        """See ``Admitting``."""
        return _NOTHING

    def stop(self) -> None:
        """See ``Admitting``."""

"""What a task takes: every gate, every number of repeats, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf

from evalkit.core.frozen import frozen
from evalkit.planning.need import GateNeed
from evalkit.store.usage import EarlierCost

#: Repeats that are told of, and the most that are looked for.
REPEATS, MOST_REPEATS = (1, 2, 3, 5, 10), 100


@frozen(slots=True)
class Way:
    """One number of repeats.

    Attributes:
        n: samples that all gates take; None where that is unknown.
        fits: whether the dataset has as many; None where its size is unknown.
        cost_usd: of one side's answers; None where unknown.
    """

    n_repeats: int
    n: int | None
    fits: bool | None = None
    cost_usd: float | None = None

    @property
    def n_answers(self) -> int | None:
        """Of one side."""
        return None if self.n is None else self.n * self.n_repeats


@frozen(slots=True)
class Worth:
    """What twice the samples and twice the repeats buy: the smallest drop that a gate shows.

    Attributes:
        now: with ``n`` samples, asked once.
        within_share: the part of the variance, 0..1, that repeats can take away.
    """

    n: int
    now: float
    twice_samples: float
    twice_repeats: float
    within_share: float


@dataclass(frozen=True)
class TaskPlan:
    """Attributes:
    subject: whose history and cost it is; empty where there is none.
    needs: the gates that can be planned.
    unknown: the others, by their texts, each with the reason.
    n_available: samples of the dataset; None where unknown.
    cost: of an answer; None without history.
    """

    task: str
    subject: str
    needs: Sequence[GateNeed]
    unknown: Sequence[tuple[str, str]]
    n_available: int | None
    cost: EarlierCost | None

    @cached_property
    def ways(self) -> list[Way]:
        """Each number of repeats that something is known of; the one that just fits among them."""
        if not self.needs:
            return []
        counts = sorted({*REPEATS, *([] if self._least_repeats is None else [self._least_repeats])})
        found = [self._way(n_repeats) for n_repeats in counts]
        return [each for each in found if each.n is not None]

    @property
    def best(self) -> Way | None:
        """The fewest answers that the dataset has samples for; None where no number of repeats is enough."""
        fitting = [each for each in self.ways if each.fits is not False and each.n_answers is not None]
        return min(fitting, key=lambda each: each.n_answers or 0, default=None)

    @property
    def usd(self) -> float | None:
        """Of an answer; None where it is unknown."""
        return None if self.cost is None else self.cost.usd

    def worth(self, need: GateNeed, n: int) -> Worth | None:
        """What more buys for one gate; None where what varies within samples is unknown."""
        share = need.spread.within_share
        drops = need.visible(n, 1), need.visible(2 * n, 1), need.visible(n, 2)
        if share is None or drops[0] is None or drops[1] is None or drops[2] is None:
            return None
        return Worth(n, drops[0], drops[1], drops[2], share)

    @cached_property
    def _least_repeats(self) -> int | None:
        """The fewest repeats at which the dataset is large enough; None where unknown, or none are."""
        if self.n_available is None or any(each.spread.within is None for each in self.needs):
            return None
        no_end = self._n(inf)
        if no_end is None or no_end > self.n_available:
            return None
        for n_repeats in range(1, MOST_REPEATS + 1):
            n = self._n(n_repeats)
            if n is not None and n <= self.n_available:
                return n_repeats
        return None

    def _n(self, n_repeats: float) -> int | None:
        """What the gate takes that takes most."""
        counts = [each.n(n_repeats) for each in self.needs]
        known = [each for each in counts if each is not None]
        return max(known) if len(known) == len(counts) else None

    def _way(self, n_repeats: int) -> Way:
        n = self._n(n_repeats)
        fits = None if n is None or self.n_available is None else n <= self.n_available
        cost = None if n is None or self.usd is None else n * n_repeats * self.usd
        return Way(n_repeats, n, fits, cost)

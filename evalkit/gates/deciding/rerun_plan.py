"""What to ask again: the cheapest further answers that are likely to decide a gate.

How often a gate's samples are asked follows from the variance of its difference, its margin and the budget,
and from nothing else: the second look must not be chosen by what the first one saw. Whether they are asked at
all goes by the difference. Which samples are asked is settled before any is answered: all of a task, or those
that vary in its history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from math import inf, sqrt

from evalkit.comparisons.difference import Difference
from evalkit.comparisons.repeat_noise import RepeatNoise, own_share, predicted_sd
from evalkit.gates.deciding import sentences
from evalkit.gates.deciding.group_sequential import second_share
from evalkit.gates.regression import RegressionGate
from evalkit.stats.normal import normal_tail
from evalkit.stats.student import t_quantile

#: Further answers to a sample, at most.
MAX_ROUNDS = 6
#: Where no number of rounds lets an unchanged candidate pass, the last one is that after which another would
#: leave more than this of the standard error. Without other noise: the fourth.
_WORTH_A_ROUND = 0.9
#: The chance to be decided from which on a gate is asked again, and from which on further rounds are asked
#: once the first has told how much of its noise is its own.
_BEGIN, _GO_ON = 0.5, 0.25
#: A spread of 0, as what can be divided by.
_NO_SPREAD = 1e-12
#: So many that nothing of the samples' own noise is left.
_EVER = 1_000_000_000


@dataclass(frozen=True, slots=True)
class OpenGate:
    """A regression gate that its first look left undecided. Rounds are counted from now on.

    Attributes:
        difference: as measured on the answers there are.
        gate: what is asked of it.
        level: what Holm's steps hold ``fail`` to as things stand.
        least_level: the least that they can hold it to.
        sides: own noise of each side that is asked again.
        prices: evaluation id to requests of one round, for each side.
        n_done: rounds since the first look.
        n_most: rounds in all that the budget pays for this gate alone, at least 1.
        first_sd: standard deviation of the first look, by all that is known now; None before the first round.
        both: the part of alpha that first and second look have together; looks before the end have the rest.
    """

    difference: Difference
    gate: RegressionGate
    level: float
    least_level: float
    sides: Sequence[RepeatNoise]
    prices: Mapping[str, int]
    n_done: int = 0
    n_most: int = MAX_ROUNDS
    first_sd: float | None = None
    both: float = 1.0

    @property
    def n_rounds(self) -> int:
        """Rounds before the second look, 0 for it to take place now: the least after which a difference of 0
        would pass, or those that are worth asking where none are enough."""
        least, most = 0 if self.n_done else 1, min(MAX_ROUNDS, self.n_most) - self.n_done
        enough = (n for n in range(least, most + 1) if self._would_pass_unchanged(n))
        worth = (n for n in range(least, most) if self._sd(n + 1) >= _WORTH_A_ROUND * self._sd(n))
        return next(enough, next(worth, max(least, most)))

    @property
    def share(self) -> float:
        """The part of alpha that the second look has if it takes place now."""
        return self._share(0)

    def chance(self, n_rounds: int) -> float:
        """That the second look decides after so many rounds, where nothing is known of the true difference
        but what was seen: normal around that, with the variance that the rounds take away."""
        gate, share = self.gate, self._share(n_rounds)
        reach = self._reach(n_rounds, share * gate.alpha)
        sure = self._reach(n_rounds, share * self.level / (2 if gate.is_two_sided else 1))
        drop = gate.margin + sure if gate.fail_when == "shown_below_margin" else max(gate.margin, sure)
        below = partial(self._chance_below, n_rounds)
        if gate.is_two_sided:
            passing = max(0.0, below(gate.margin - reach) - below(reach - gate.margin))
            return passing + below(-drop) + 1 - below(drop)
        return 1 - below(reach - gate.margin) + below(-drop)

    def is_worth(self, n_rounds: int) -> bool:
        """Whether so many rounds are likely enough to decide the gate."""
        return self.chance(n_rounds) >= (_GO_ON if self.n_done else _BEGIN)

    def _reach(self, n_rounds: int, alpha: float) -> float:
        """Half of the interval that will hold at ``alpha`` on either side."""
        error = self._sd(n_rounds) / sqrt(self.difference.n)
        return _quantile(alpha, self.difference.n_units - 1) * error

    def _chance_below(self, n_rounds: int, value: float) -> float:
        taken = self.difference.sd**2 - self._sd(n_rounds) ** 2
        spread = sqrt(max(taken, 0.0) / self.difference.n)
        return normal_tail((self.difference.value - value) / max(spread, _NO_SPREAD))

    def _would_pass_unchanged(self, n_rounds: int) -> bool:
        return self._reach(n_rounds, self._share(n_rounds) * self.gate.alpha) < self.gate.margin

    def _sd(self, n_rounds: int) -> float:
        return predicted_sd(self.difference.sd, self.sides, n_rounds)

    def _share(self, n_rounds: int) -> float:
        sd = self.difference.sd if self.first_sd is None else self.first_sd
        kept = (self._sd(n_rounds) / sd) ** 2 if sd > 0 else 1.0
        return self.both * second_share(self.both * self.least_level, kept)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask.

    Attributes:
        rounds: evaluation id to further rounds, at least 1.
        reasons: index of a gate to why nothing is asked for its sake.
        price: requests in all.
    """

    rounds: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)
    price: int = 0


def plan_rounds(gates: Sequence[OpenGate], budget: int) -> Plan:
    """The cheapest gate first, until the budget would be exceeded.

    Rounds that are asked for one gate are free for the others of its evaluation.

    Args:
        budget: requests that are left, >= 0.
    """
    numbers = [gate.n_rounds for gate in gates]
    wanted = {i: n for i, (gate, n) in enumerate(zip(gates, numbers, strict=True)) if gate.is_worth(n)}
    reasons = {i: _why_never(gate, numbers[i]) for i, gate in enumerate(gates) if i not in wanted}
    rounds: dict[str, int] = {}
    left = budget
    while wanted:
        price, index = min((_price(gates[i], n, rounds), i) for i, n in wanted.items())
        if price > left:
            break
        left -= price
        n_rounds = wanted.pop(index)
        rounds |= {unit: max(n_rounds, rounds.get(unit, 0)) for unit in gates[index].prices}
    for i, n in wanted.items():
        reasons[i] = sentences.rerun_too_dear(_price(gates[i], n, rounds), left)
    return Plan(rounds, reasons, budget - left)


@lru_cache(maxsize=10_000)
def _quantile(alpha: float, df: float) -> float:
    """Kept, as a plan asks for few and they take longer than all the rest of it."""
    return t_quantile(1 - alpha, df) if df > 0 else inf


def _price(gate: OpenGate, n_rounds: int, planned: Mapping[str, int]) -> int:
    return sum(price * max(0, n_rounds - planned.get(unit, 0)) for unit, price in gate.prices.items())


def _why_never(gate: OpenGate, n_rounds: int) -> str:
    share = own_share(gate.difference.sd, gate.sides)
    if share is not None and not gate.is_worth(_EVER):
        return sentences.rerun_hopeless(share)
    return sentences.rerun_unlikely(gate.n_done + n_rounds)

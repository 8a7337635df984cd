"""What to ask again: the cheapest further answers that would decide a gate, should its difference stay.

Nothing is known of the answers but the difference and its variance. Which samples are asked is settled
before any is answered: all of a task, or those that vary in its history.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import sqrt
from types import MappingProxyType

from evalkit.core.gate import RegressionGate
from evalkit.gates import sentences
from evalkit.gates.compare import Paired
from evalkit.gates.difference import Difference
from evalkit.gates.repeat_noise import RepeatNoise, own_share, predicted_sd
from evalkit.gates.rule import fails, passes
from evalkit.stats.intervals import Interval, t_interval
from evalkit.stats.sides import NOTHING, Sides
from evalkit.stats.student import t_tail

#: Further answers to a sample, at most. What the choice of their number can add to false alarms is in the
#: shares of the looks (``evalkit.gates.two_looks``).
MAX_ROUNDS = 6
#: So many that nothing of the samples' own noise is left.
_EVER = 1_000_000_000


@dataclass(frozen=True, slots=True)
class OpenGate:
    """A regression gate that its first look left undecided.

    Attributes:
        difference: as the first look measured it.
        gate: what is asked of it.
        alpha_pass, alpha_fail: levels that the second look holds ``pass`` and ``fail`` to.
        sides: own noise of each side that is asked again, as of the first look.
        prices: evaluation id to requests of one round, for each side.
    """

    difference: Difference
    gate: RegressionGate
    alpha_pass: float
    alpha_fail: float
    sides: Sequence[RepeatNoise]
    prices: Mapping[str, int]

    def would_decide(self, n_rounds: int) -> bool:
        """Whether the second look decides after so many rounds in all, should the difference stay."""
        sd = predicted_sd(self.difference.sd, self.sides, n_rounds)
        value, n = self.difference.value, self.difference.n
        ends: Callable[[float], Interval]
        if self.difference.mean is not None and self.difference.sd > 0:
            ends = self.difference.mean.shrunk(sd / self.difference.sd).interval
        else:
            ends = partial(t_interval, value, sd / sqrt(n), self.difference.n_units - 1)
        tests = _t_tests(value, sd / sqrt(n), self.difference.n_units - 1)
        then = replace(self.difference, sd=sd, is_flips=False, interval_at=ends, tests=tests)
        paired = Paired("", then, 0, 0, 0)
        shared = paired.at(self.alpha_fail, is_one_sided=not self.gate.is_two_sided)
        return passes(self.gate, paired.at(self.alpha_pass)) or fails(self.gate, shared)


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


def plan_rounds(
    gates: Sequence[OpenGate], budget: int, done: Mapping[str, int] = MappingProxyType({})
) -> Plan:
    """The cheapest gate first, until the budget would be exceeded.

    Rounds that are asked for one gate are free for the others of its evaluation.

    Args:
        budget: requests that are left, >= 0.
        done: evaluation id to rounds that were asked since the first look.
    """
    totals = dict(done)
    wanted = {i: n for i, gate in enumerate(gates) if (n := _least_rounds(gate, done)) is not None}
    reasons = {i: _why_never(gate) for i, gate in enumerate(gates) if i not in wanted}
    left = budget
    while wanted:
        price, index = min((_price(gates[i], n, totals), i) for i, n in wanted.items())
        if price > left:
            break
        left -= price
        n_rounds = wanted.pop(index)
        totals |= {unit: max(n_rounds, totals.get(unit, 0)) for unit in gates[index].prices}
    for i, n in wanted.items():
        reasons[i] = sentences.rerun_too_dear(_price(gates[i], n, totals), left)
    rounds = {unit: n - done.get(unit, 0) for unit, n in totals.items() if n > done.get(unit, 0)}
    return Plan(rounds, reasons, budget - left)


def _t_tests(value: float, error: float, df: float) -> Sides:
    """As Student's interval has it, which the permutation test will be close to."""
    if not (error > 0 and df > 0):
        return NOTHING
    return Sides(t_tail(-value / error, df), t_tail(value / error, df))


def _least_rounds(gate: OpenGate, done: Mapping[str, int]) -> int | None:
    """Rounds since the first look that should decide the gate; None where none do."""
    first = max(1, min(done.get(unit, 0) for unit in gate.prices))
    return next((n for n in range(first, MAX_ROUNDS + 1) if gate.would_decide(n)), None)


def _price(gate: OpenGate, n_rounds: int, totals: Mapping[str, int]) -> int:
    return sum(price * max(0, n_rounds - totals.get(unit, 0)) for unit, price in gate.prices.items())


def _why_never(gate: OpenGate) -> str:
    share = own_share(gate.difference.sd, gate.sides)
    if share is not None and not gate.would_decide(_EVER):
        return sentences.rerun_hopeless(share)
    return sentences.rerun_too_many(MAX_ROUNDS)

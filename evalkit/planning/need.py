"""What one regression gate takes to decide, at a given spread: the formulas that gates explain themselves by.

Two questions of a gate. **Passes**: the samples on which an unchanged candidate passes, at the gate's own
alpha. **Shows**: the samples on which a drop of the margin is shown to be one, at the level that Holm's
step-down leaves for the first of the session's gates. Either in 80 % unless asked otherwise.
"""

from __future__ import annotations

from math import ceil, sqrt

from evalkit.core.frozen import frozen
from evalkit.gates.regression import RegressionGate
from evalkit.planning.spread import Spread
from evalkit.stats.normal import normal_quantile
from evalkit.stats.power import POWER, n_to_allow_flips, n_to_see, n_to_show_flips, visible_drop
from evalkit.stats.tilted_power import n_to_show, shown_by


@frozen(slots=True)
class Asked:
    """What a plan is for.

    Attributes:
        n_gates: regression gates of the session: they share alpha.
        power: chance, 0..1, that a gate sees what it is to see.
    """

    n_gates: int
    power: float = POWER


@frozen(slots=True)
class GateNeed:
    """One gate with the spread of its metric. All numbers of samples are of the whole dataset.

    Attributes:
        share: the part of the samples, 0..1, that the gate is about: less than 1 for a slice.
    """

    gate: RegressionGate
    spread: Spread
    asked: Asked
    share: float = 1.0

    @property
    def level(self) -> float:
        """What a drop is held to: Holm's first step, half of it where the gate may fail both ways."""
        level = self.gate.alpha / self.asked.n_gates
        return level / 2 if self.gate.is_two_sided else level

    def n_to_pass(self, n_repeats: float) -> int | None:
        """Samples on which an unchanged candidate passes; None where that is unknown, or never."""
        power = self.asked.power
        if self.gate.is_two_sided:  # each way is missed in half of what may be missed
            power = 1 - (1 - power) / 2
        return self._n(n_repeats, self.gate.alpha, power, is_drop=False)

    def n_to_show(self, n_repeats: float) -> int | None:
        """Samples on which a drop of the margin is shown; None where that is unknown, or never."""
        return self._n(n_repeats, self.level, self.asked.power, is_drop=True)

    def n(self, n_repeats: float) -> int | None:
        """Samples for both."""
        either = self.n_to_pass(n_repeats), self.n_to_show(n_repeats)
        return None if either[0] is None or either[1] is None else max(either[0], either[1])

    def visible(self, n: int, n_repeats: float) -> float | None:
        """The smallest drop that ``n`` samples show, in units of the metric; None where that is unknown."""
        # A drop is at least as much as it takes to be seen, and its own flips are part of the spread.
        spread, found, n = self.spread, 0.0, self.n_own(n)
        for _ in range(50):
            sd = spread.sd(n_repeats, found)
            if sd is None:
                return None
            if spread.is_flips and n_repeats == 1:
                drop = visible_drop(sd, n, self.level, self.asked.power) + 1 / n
            else:
                drop = shown_by(n, sd, spread.kurtosis, spread.scale, self.level, self.asked.power)
            if abs(drop - found) <= 1e-9 * max(drop, 1e-300):
                break
            found = drop
        return None if drop >= spread.scale else drop

    def fails(self, n: int, n_repeats: float) -> float | None:
        """The smallest drop at which the gate fails in as many sessions: it is shown, and the drop that is
        seen reaches the margin."""
        drop = self.visible(n, n_repeats)
        sd = self.spread.sd(n_repeats, drop or 0.0)
        if drop is None or sd is None:
            return None
        error, margin = sd / sqrt(self.n_own(n)), self.gate.margin
        if self.gate.fail_when == "shown_below_margin":
            return margin + drop
        return max(drop, margin + normal_quantile(self.asked.power) * error)

    def n_own(self, n: int) -> int:
        """Those of ``n`` samples that the gate is about, at least one."""
        return max(1, int(n * self.share + 1e-9))

    def _n(self, n_repeats: float, alpha: float, power: float, *, is_drop: bool) -> int | None:
        n = self._n_of_gate(n_repeats, alpha, power, is_drop=is_drop)
        return None if n is None else ceil(n / self.share - 1e-9)

    def _n_of_gate(self, n_repeats: float, alpha: float, power: float, *, is_drop: bool) -> int | None:
        margin, spread = self.gate.margin, self.spread
        sd = spread.sd(n_repeats, margin)
        if sd is None or not margin > 0:
            return None
        if not (spread.is_flips and n_repeats == 1):
            return n_to_show(margin, sd, spread.kurtosis, spread.scale, alpha, power)
        n = n_to_see(margin, sd, alpha, power)
        assert n is not None
        rule = n_to_show_flips if is_drop else n_to_allow_flips
        own = rule(margin / spread.scale, (sd / spread.scale) ** 2, alpha, power)
        return n if own is None else max(n, own)

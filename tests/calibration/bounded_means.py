"""How often intervals of a mean of bounded values hold it, where a few values decide: Student's and ours.

Values are differences of graded scores, in -1 .. 1, or scores in 0 .. 1. A gate with a one-sided alpha of 5 %
whose margin is the true drop passes where the lower end of the 90 % interval lies above the true mean. The
width is the mean one over that of Student's. Promised are coverage of 93 % and at most 6 % of passes, from 30
values on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from evalkit.metrics.metric import Floats
from evalkit.stats.intervals import Interval, t_interval, wilson_interval
from evalkit.stats.tilted import bounded_mean
from tests.calibration.lines import Computed, Line, rate

SIZES = (10, 30, 100, 300)
ALPHA = 0.05
#: (n,) values and their true mean, of a generator and n.
Shape = Callable[[np.random.Generator, int], Floats]
Method = Callable[[Floats, float, float, float], Interval]


@dataclass(frozen=True)
class Family:
    """Values of one shape.

    Attributes:
        low: the lowest value that can be; the highest is 1.
        is_promised: whether coverage and passes are to be kept from 30 values on.
    """

    draw: Shape
    mean: float
    low: float = -1.0
    is_promised: bool = True


def student(values: Floats, low: float, high: float, alpha: float) -> Interval:
    n = len(values)
    return t_interval(float(values.mean()), float(values.std(ddof=1)) / n**0.5, n - 1, alpha)


def tilted(values: Floats, low: float, high: float, alpha: float) -> Interval:
    return bounded_mean(values, low, high).interval(alpha)


def falls(share: float, spread: float, share_risen: float = 0.0) -> Shape:
    """A share falls by .95, one rises by as much, and the others move with a deviation of ``spread``."""

    def draw(rng: np.random.Generator, n: int) -> Floats:
        place, moves = rng.random(n), rng.normal(0, spread, n)
        return np.where(place < share, -0.95, np.where(place > 1 - share_risen, 0.95, moves))

    return draw


def _zeros(rng: np.random.Generator, n: int) -> Floats:
    """Scores near 1, two in a hundred of them 0."""
    return np.where(rng.random(n) < 0.02, 0.0, rng.beta(60, 3, n))


def _tenth(rng: np.random.Generator, n: int) -> Floats:
    """A tenth of graded scores lose everything, the others move by a tenth."""
    before = rng.beta(2, 1, n)
    return np.where(rng.random(n) < 0.1, -before, rng.normal(0, 0.1, n))


FAMILIES: dict[str, Family] = {
    "near-normal, sd .1": Family(lambda rng, n: np.clip(rng.normal(0, 0.1, n), -1, 1), 0.0),
    "near-normal, sd .2": Family(lambda rng, n: np.clip(rng.normal(0, 0.2, n), -1, 1), 0.0),
    "ties, six in ten": Family(lambda rng, n: rng.choice([0, 0, 0, 0, 0, 0, 0.1, -0.1, 0.25, -0.25], n), 0.0),
    "skewed, exponential .05": Family(lambda rng, n: -np.minimum(rng.exponential(0.05, n), 1.0), -0.05),
    "1 % fall, rest sd .02": Family(falls(0.01, 0.02), -0.0095),
    "2 % fall, rest sd .02": Family(falls(0.02, 0.02), -0.019),
    "2 % fall, rest unmoved": Family(falls(0.02, 0.0), -0.019),
    "5 % fall, rest sd .02": Family(falls(0.05, 0.02), -0.0475),
    "10 % fall, rest sd .02": Family(falls(0.1, 0.02), -0.095),
    "2 % fall, 2 % rise": Family(falls(0.02, 0.02, 0.02), 0.0),
    "scores, beta(2, 1)": Family(lambda rng, n: rng.beta(2, 1, n), 2 / 3, 0.0),
    "scores near 1, 2 % of 0": Family(_zeros, 0.98 * 60 / 63, 0.0),
    "a tenth lose a beta score": Family(_tenth, -0.1 * 2 / 3, is_promised=False),
    "2 % fall, rest sd .05": Family(falls(0.02, 0.05), -0.019, is_promised=False),
    "2 % fall, rest sd .1": Family(falls(0.02, 0.1), -0.019, is_promised=False),
}


METHODS: dict[str, Method] = {"Student": student, "tilted": tilted}


@dataclass(frozen=True)
class Seen:
    """Counts of sessions, and the mean width."""

    n_held: int
    n_passed: int
    width: float


def simulate(family: Family, n: int, method: Method, n_sessions: int, seed: int = 0) -> Seen:
    """Sessions of n values each, the same ones for every method."""
    rng = np.random.default_rng(seed)
    n_held, n_passed, width = 0, 0, 0.0
    for _ in range(n_sessions):
        values = family.draw(rng, n)
        low, high = method(values, family.low, 1.0, ALPHA)
        n_held += low <= family.mean <= high
        n_passed += method(values, family.low, 1.0, 2 * ALPHA).low > family.mean
        width += high - low
    return Seen(n_held, n_passed, width / n_sessions)


def lines(n_sessions: int) -> Iterator[Line]:
    """All rows, in the order of the table."""
    head = f"{'values':<28} {'n':>4}  " + " ".join(f"{name:<38}" for name in METHODS)
    title = f"means of bounded scores: 95 % intervals that hold, passes at the true drop, width\n\n{head}"
    for name in FAMILIES:
        for n in SIZES:
            yield Line(title, f"{name} {n}", partial(computed, name, n, n_sessions))


def computed(name: str, n: int, n_sessions: int, methods: dict[str, Method] = METHODS) -> Computed:
    """A row: of each method how often its interval holds and passes, and how wide it is beside the first."""
    family = FAMILIES[name]
    seen = [simulate(family, n, method, n_sessions) for method in methods.values()]
    cells = [
        f"{rate(each.n_held, n_sessions):<20} {100 * each.n_passed / n_sessions:4.1f} % "
        f"{each.width / seen[0].width:5.2f}     "
        for each in seen
    ]
    is_off = family.is_promised and n >= 30 and _is_off(seen[1], n_sessions)
    return Computed(f"{name:<28} {n:>4}  {' '.join(cells)}".rstrip(), is_off)


def _is_off(seen: Seen, n_sessions: int) -> bool:
    """Whether coverage is surely below 93 %, or passes are surely above 6 %."""
    held, passed = (wilson_interval(count / n_sessions, n_sessions) for count in (seen.n_held, seen.n_passed))
    return held.high < 0.93 or passed.low > 0.06

"""How often intervals of a mean of bounded values hold it, where a few values decide: Student's and ours.

    python -m tests.calibration.bounded_means [--sessions N] [--only WORDS] [--rivals]

Values are differences of graded scores, in -1 .. 1, or scores in 0 .. 1. ``passes`` is how often the lower
end of the 90 % interval lies above the true mean: a gate with a one-sided alpha of 5 % whose margin is the
true drop would pass. ``width`` is the mean width over that of Student's. ``--rivals`` prints other intervals.
A row that is promised and surely not kept (from 30 values on) ends with ``!``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.metrics.metric import Floats
from evalkit.stats.intervals import Interval, t_interval, wilson_interval
from evalkit.stats.tilted import bounded_mean
from tests.calibration.rivals import RIVALS

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


@dataclass(frozen=True)
class Seen:
    """Shares of sessions, and the mean width."""

    holds: float
    passes: float
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
    return Seen(n_held / n_sessions, n_passed / n_sessions, width / n_sessions)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=2_000)
    parser.add_argument("--only", default="", help="families with these words")
    parser.add_argument("--rivals", action="store_true")
    options = parser.parse_args(arguments)
    methods: dict[str, Method] = {"Student": student, "tilted": tilted} | (RIVALS if options.rivals else {})
    print("holds: share of 95 % intervals with the true mean; passes: at a margin of the true drop\n")
    print(f"{'values':<28} {'n':>4}  " + " ".join(f"{f'{name}: holds passes width':<34}" for name in methods))
    for name, family in FAMILIES.items():
        if set(options.only.split()) <= set(name.split()):
            for n in SIZES:
                _print(name, family, n, methods, options.sessions)


def _print(name: str, family: Family, n: int, methods: dict[str, Method], n_sessions: int) -> None:
    seen = [simulate(family, n, method, n_sessions) for method in methods.values()]
    first = seen[0].width
    cells = [
        f"{each.holds:6.1%} {_ends(each.holds, n_sessions)} {each.passes:6.1%} {each.width / first:5.2f}"
        for each in seen
    ]
    mark = "!" if family.is_promised and n >= 30 and _is_off(seen[1], n_sessions) else ""
    print(f"{name:<28} {n:>4}  " + " ".join(f"{cell:<34}" for cell in cells) + mark, flush=True)


def _is_off(seen: Seen, n_sessions: int) -> bool:
    """Whether coverage is surely below 93 %, or passes are surely above 6 %."""
    held, passed = (wilson_interval(share, n_sessions) for share in (seen.holds, seen.passes))
    return held.high < 0.93 or passed.low > 0.06


def _ends(share: float, n: int) -> str:
    low, high = wilson_interval(share, n)
    return f"({100 * low:.1f} to {100 * high:.1f})"


if __name__ == "__main__":
    main()

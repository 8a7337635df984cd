"""How often the 95 % intervals of agreement hold the true value: ``evalkit.stats.agreement``.

Two raters label n items: the second gives the first one's label with a probability, else any other one, or a
neighbour on the scale. The true value is that of the joint probabilities. Of groups, each item stands three
times with the same labels. Held are 95 %; promised is 91 % from 30 items on, 93 % from 100.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from evalkit.metrics.metric import Floats
from evalkit.stats.agreement import alpha_agreement, pair_agreement
from evalkit.stats.chance_corrected import Measured
from evalkit.stats.intervals import wilson_interval
from tests.calibration.lines import Computed, Line, rate

SIZES = (30, 100, 300)
#: Shares of the labels, how often both agree, and whether others are neighbours.
POPULATIONS: tuple[tuple[tuple[float, ...], float, bool], ...] = (
    ((0.5, 0.5), 0.8, False),
    ((0.5, 0.5), 0.95, False),
    ((0.8, 0.2), 0.9, False),
    ((0.9, 0.1), 0.95, False),
    ((0.7, 0.3), 0.6, False),
    ((0.2,) * 5, 0.7, False),
    ((0.1, 0.2, 0.4, 0.2, 0.1), 0.7, True),
)
Measure = Callable[[Any, Any, Any], Measured]


def _of_pair(name: str, weights: Any, a: Any, b: Any, groups: Any) -> Measured:
    found: Measured = getattr(
        pair_agreement(a, b, weights, labels=range(int(max(np.max(a), np.max(b))) + 1), groups=groups), name
    )
    return found


def _alpha(level: Any, a: Any, b: Any, groups: Any) -> Measured:
    return alpha_agreement(np.stack([a, b]), level, groups=groups)


MEASURES: dict[str, Measure] = {
    "agreement": partial(_of_pair, "agreement", None),
    "kappa": partial(_of_pair, "kappa", None),
    "alpha": partial(_alpha, "nominal"),
}
ON_A_SCALE: dict[str, Measure] = {
    "kappa, linear": partial(_of_pair, "kappa", "linear"),
    "kappa, quadratic": partial(_of_pair, "kappa", "quadratic"),
    "alpha, ordinal": partial(_alpha, "ordinal"),
    "alpha, interval": partial(_alpha, "interval"),
}


def lines(n_sessions: int) -> Iterator[Line]:
    title = (
        "Agreement, coverage of the 95 % interval\n\n"
        f"{'measure':<18} {'labels':<10} {'alike':>5}  {'true':>6}  {'n 30':<20} {'n 100':<20} n 300"
    )
    for number, (shares, alike, _) in enumerate(POPULATIONS):
        known = MEASURES | (ON_A_SCALE if len(shares) > 2 else {})
        for name in known:
            label = f"agreement {name} {len(shares)} {alike}"
            yield Line(title, label, partial(_row, number, name, False, n_sessions))
    for name in MEASURES:
        yield Line(title, f"agreement {name} groups", partial(_row, 2, name, True, n_sessions))


def joint(shares: tuple[float, ...], alike: float, is_near: bool) -> Floats:
    """(K, K) probabilities of both labels."""
    n_labels = len(shares)
    apart = np.abs(np.subtract.outer(np.arange(n_labels), np.arange(n_labels)))
    others = ((apart == 1) if is_near else (apart > 0)).astype(np.float64)
    table: Floats = np.eye(n_labels) * alike + others / others.sum(axis=1, keepdims=True) * (1 - alike)
    table *= np.array(shares)[:, np.newaxis]
    return table


def _row(number: int, name: str, in_groups: bool, n_sessions: int) -> Computed:
    shares, alike, is_near = POPULATIONS[number]
    measure = (MEASURES | ON_A_SCALE)[name]
    table, n_labels = joint(shares, alike, is_near), len(shares)
    whole = np.repeat(np.arange(n_labels**2), np.rint(table.ravel() * 100_000).astype(int))
    truth = measure(whole // n_labels, whole % n_labels, None).value
    assert truth is not None
    cells, is_off = [], False
    for n in SIZES:
        held = _held(measure, truth, table, n, in_groups, n_sessions)
        cells.append(f"{rate(held, n_sessions):<20}")
        is_off |= wilson_interval(held / n_sessions, n_sessions).high < (0.91 if n == 30 else 0.93)
    who = "groups of 3" if in_groups else f"{shares[0]:g} of {n_labels}"
    return Computed(f"{name:<18} {who:<10} {alike:>5}  {truth:>6.3f}  {' '.join(cells)}", is_off)


def _held(measure: Measure, truth: float, table: Floats, n: int, in_groups: bool, n_sessions: int) -> int:
    """Sessions whose interval holds the truth; one without a value claims nothing and holds it."""
    rng = np.random.default_rng(n)
    n_labels, times = len(table), 3 if in_groups else 1
    groups = np.repeat(np.arange(n), times) if in_groups else None
    n_held = 0
    for _ in range(n_sessions):
        drawn = np.repeat(rng.choice(n_labels**2, size=n, p=table.ravel()), times)
        value, low, high = measure(drawn // n_labels, drawn % n_labels, groups)
        n_held += value is None or (low is not None and high is not None and low <= truth <= high)
    return n_held

"""Labels by people beside a judge: coverage of corrected values and differences, and gates decided so.

Each session draws its samples anew, what people would say of each, what a judge says, and which samples
people label. Beside ours stands the z interval of PPI++ (``ppi-python``'s); ``width`` is a part of that of
the labels alone, in the first 400 sessions, as is what fails by the judge alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from evalkit.comparisons.compare import Paired
from evalkit.comparisons.corrected import difference_of
from evalkit.core.gate import MetricSpec
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.compared import Measured
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.metric import Floats
from evalkit.stats.bootstrap import Codes
from evalkit.stats.intervals import Interval, wilson_interval
from evalkit.stats.ppi import Labelled, corrected_mean, prediction_powered_mean
from evalkit.stats.ppi_intervals import CorrectedChange, CorrectedLevel, CorrectedShare
from tests.calibration.lines import Computed, Line, rate

SIZES, JUDGED_EACH = (30, 100, 300), 10
#: What coverage has to lie within; above it intervals are longer than they need to be, which is not a fault.
LEAST, MOST = 0.935, 0.965
MARGIN, ALPHA = 0.05, 0.05
#: Sessions of a row that are held against the labels alone, or the judge alone: what these do is known well
#: enough by then, and takes half of the time.
BESIDE = 400


class Judge(NamedTuple):
    """How often it says yes to what is right, and no to what is wrong."""

    yes: float
    no: float

    def says(self, rng: np.random.Generator, truth: Floats) -> Floats:
        chance = np.where(truth > 0, self.yes, 1 - self.no)
        return (rng.random(truth.shape) < chance).astype(np.float64)


JUDGES = {
    "good": Judge(0.95, 0.9),
    "kind": Judge(0.98, 0.5),
    "harsh": Judge(0.7, 0.98),
    "poor": Judge(0.6, 0.6),
}
SHARES = (0.05, 0.3, 0.7, 0.95)
#: Share of right answers, share of them that the candidate loses.
CHANGES = ((0.6, 0.0), (0.6, 0.1), (0.95, 0.0), (0.95, 0.05))
#: The judge on either side.
PAIRS = {
    "good": ("good", "good"),
    "kind": ("kind", "kind"),
    "kind to the candidate": ("good", "kind"),
    "kind to the baseline": ("kind", "good"),
}
#: Samples in a group: nine in ten of its members are right, or wrong, together.
GROUP, SHARE_OWN = 4, 0.1


def lines(n_sessions: int) -> Iterator[Line]:
    """All rows, in the order of the tables."""
    head = f"{'judge':<22} {'right':>5} {'n':>4}  {'interval holds':<20} {'normal PPI++':<20} width"
    title = f"95 % intervals of a share by n labels, {JUDGED_EACH} n samples judged\n\n{head}"
    for n in SIZES:
        for share in SHARES:
            for name in JUDGES:
                yield Line(
                    title, f"ppi value {name} {share:g} {n}", partial(_value, name, share, n, n_sessions)
                )
    title = f"95 % intervals of a value on a scale\n\n{head}"
    for n in SIZES:
        for name in LEVELS:
            yield Line(title, f"ppi level {name} {n}", partial(_level, name, n, n_sessions))
    head = (
        f"{'judge':<22} {'right':>5} {'drop':>5} {'n':>4}  {'interval holds':<20} {'normal PPI++':<20} width"
    )
    title = f"95 % intervals of a paired difference, n pairs of labels\n\n{head}"
    for n in SIZES:
        for right, drop in CHANGES:
            for name in PAIRS:
                compute = partial(_change, name, right, drop, n, n_sessions)
                yield Line(title, f"ppi change {name} {right:g} {drop:g} {n}", compute)
    yield from _gate_lines(n_sessions)


_RATES = ("worse, any gate", "fail", "pass", "fails by judge alone")


def _gate_lines(n_sessions: int) -> Iterator[Line]:
    head = f"{'judge':<22} {'gates':>5} {'drop':>5} {'n':>4}  " + " ".join(f"{each:<20}" for each in _RATES)
    title = f"regression gates, margin {MARGIN:g}, alpha 5 %, {JUDGED_EACH} n samples\n\n{head}"
    for n in SIZES:
        for n_gates, drop in ((1, 0.0), (10, 0.0), (1, 0.15)):
            for name in PAIRS:
                compute = partial(_gates, name, n_gates, drop, n, n_sessions // (10 if n_gates > 1 else 1))
                yield Line(title, f"ppi gate {name} {n_gates} {drop:g} {n}", compute)
    for n in SIZES[1:]:
        compute = partial(_gates, "kind", 1, 0.0, n, n_sessions, is_grouped=True)
        yield Line(f"the same, in groups of {GROUP}", f"ppi gate groups {n}", compute)


def drawn(judged: Floats, truth: Floats, n: int, groups: Codes | None = None) -> Labelled:
    """The first n samples have a label: samples come in a random order."""
    labels = np.where(np.arange(len(truth)) < n, truth, np.nan)
    return Labelled(judged, labels, np.zeros(len(truth), dtype=np.bool_), np.ones(len(truth)), groups)


def value_of(rng: np.random.Generator, judge: Judge, share: float, n: int) -> tuple[Labelled, Floats]:
    """A session's samples, and what people would say of all of them."""
    truth = (rng.random(JUDGED_EACH * n) < share).astype(np.float64)
    return drawn(judge.says(rng, truth), truth, n), truth


def change_of(
    rng: np.random.Generator,
    judges: tuple[str, str],
    right: float,
    drop: float,
    n: int,
    *,
    is_grouped: bool = False,
) -> Labelled:
    """A session's samples: a tenth of the answers is new and as often right as the baseline's, and ``drop``
    of them is lost. The judge says the same again of seven in ten answers of which people say the same."""
    n_all = JUDGED_EACH * n
    groups = np.arange(n_all) // GROUP if is_grouped else None

    def draws() -> Floats:
        own = rng.random(n_all)
        if groups is None:
            return own
        return np.where(rng.random(n_all) < SHARE_OWN, own, rng.random(n_all // GROUP + 1)[groups])

    before = (draws() < right).astype(np.float64)
    after = np.where(draws() < 0.1, (draws() < right).astype(np.float64), before)
    after = np.where(draws() < drop, 0.0, after)
    said = JUDGES[judges[0]].says(rng, before)
    says = JUDGES[judges[1]].says(rng, after)
    if judges[0] == judges[1]:
        says = np.where((before == after) & (rng.random(n_all) < 0.7), said, says)
    if groups is None:
        return drawn(says - said, after - before, n)
    order = rng.permutation(n_all)
    return drawn((says - said)[order], (after - before)[order], n, groups[order])


def _value(name: str, share: float, n: int, n_sessions: int) -> Computed:
    rng = np.random.default_rng([n, round(100 * share), len(name)])
    seen = _Seen(share)
    for _ in range(n_sessions):
        known, _ = value_of(rng, JUDGES[name], share, n)
        seen.add(known, lambda found: CorrectedShare(found).interval(0.05))
    return seen.row(f"{name:<22} {share:>5.2f} {n:>4}")


def _close(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
    truth = rng.beta(2, 1, n)
    return np.clip(truth + rng.normal(0.1, 0.1, n), 0, 1), truth


def _loose(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
    truth = rng.beta(2, 1, n)
    return np.clip(truth + rng.normal(0.1, 0.4, n), 0, 1), truth


def _steps(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
    truth = rng.choice(5, n, p=[0.05, 0.1, 0.15, 0.3, 0.4])
    judged = np.clip(truth + rng.choice([-1, 0, 1], n, p=[0.1, 0.5, 0.4]), 0, 4)
    return judged / 4, truth / 4


#: Judge and people on a scale of 0..1, and the true mean.
LEVELS: dict[str, tuple[Callable[[np.random.Generator, int], tuple[Floats, Floats]], float]] = {
    "close, biased": (_close, 2 / 3),
    "loose, biased": (_loose, 2 / 3),
    "five grades, biased": (_steps, 0.725),
}


def _level(name: str, n: int, n_sessions: int) -> Computed:
    rng = np.random.default_rng([n, len(name)])
    world, truth = LEVELS[name]
    seen = _Seen(truth)
    for _ in range(n_sessions):
        known = drawn(*world(rng, JUDGED_EACH * n), n)
        seen.add(known, lambda found: CorrectedLevel(found, 0.0, 1.0).interval(0.05))
    return seen.row(f"{name:<22} {truth:>5.2f} {n:>4}")


def _change(name: str, right: float, drop: float, n: int, n_sessions: int) -> Computed:
    rng = np.random.default_rng([n, round(100 * right), round(100 * drop), len(name)])
    seen = _Seen(-right * drop)
    for _ in range(n_sessions):
        seen.add(
            change_of(rng, PAIRS[name], right, drop, n), lambda found: CorrectedChange(found).interval(0.05)
        )
    return seen.row(f"{name:<22} {right:>5.2f} {drop:>5.2f} {n:>4}")


class _Seen:
    """Counts of the intervals that held the truth."""

    def __init__(self, truth: float) -> None:
        self._truth = truth
        self._n = self._n_held = self._n_normal = 0
        self._widths = [0.0, 0.0]

    def add(self, known: Labelled, interval: Callable[..., Interval]) -> None:
        """One session, by labels and judge, by PPI++'s normal interval, and by the labels alone."""
        found = corrected_mean(known)
        assert found is not None
        ends = interval(found)
        is_drawn = known.is_drawn
        normal = prediction_powered_mean(
            known.labels[is_drawn], known.judged[is_drawn], known.judged[~is_drawn]
        ).interval(0.05)
        self._n += 1
        self._n_held += ends.low <= self._truth <= ends.high
        self._n_normal += normal.low <= self._truth <= normal.high
        if self._n <= BESIDE:
            wide = interval(corrected_mean(known, power=0.0))
            self._widths[0] += ends.high - ends.low
            self._widths[1] += wide.high - wide.low

    def row(self, start: str) -> Computed:
        low, _ = wilson_interval(self._n_held / self._n, self._n)
        high = wilson_interval(self._n_held / self._n, self._n).high
        held, normal = rate(self._n_held, self._n), rate(self._n_normal, self._n)
        width = self._widths[0] / self._widths[1]
        return Computed(f"{start}  {held:<20} {normal:<20} {width:.2f}", high < LEAST or low > MOST)


def _gates(
    name: str, n_gates: int, drop: float, n: int, n_sessions: int, *, is_grouped: bool = False
) -> Computed:
    """Each gate of a session has a task of its own; all of them are alike."""
    rng = np.random.default_rng([n, n_gates, round(100 * drop), len(name), is_grouped])
    gate = RegressionGate(MetricSpec("accuracy"), MARGIN, ALPHA)
    n_worse = n_failed = n_passed = n_alone = 0
    n_beside = min(n_sessions, BESIDE)
    for place in range(n_sessions):
        known = [change_of(rng, PAIRS[name], 0.7, drop, n, is_grouped=is_grouped) for _ in range(n_gates)]
        verdicts = _decided(gate, known)
        shown = [each.comparison for each in verdicts]
        n_worse += any(each is not None and each.is_worse for each in shown)
        n_failed += any(each.verdict == "fail" for each in verdicts)
        n_passed += all(each.verdict == "pass" for each in verdicts)
        if place < n_beside:
            judged = [drawn(each.judged, each.judged, len(each.judged), each.groups) for each in known]
            n_alone += any(each.verdict == "fail" for each in _decided(gate, judged))
    counts = [(count, n_sessions) for count in (n_worse, n_failed, n_passed)]
    cells = " ".join(f"{rate(*each):<20}" for each in (*counts, (n_alone, n_beside)))
    low, _ = wilson_interval(n_worse / n_sessions, n_sessions)
    return Computed(f"{name:<22} {n_gates:>5} {drop:>5.2f} {n:>4}  {cells}", drop == 0 and low > ALPHA)


def _decided(gate: RegressionGate, known: list[Labelled]) -> list[Verdict]:
    pairs = [Paired("accuracy", difference_of(each, is_share=True), 0, 0, 0) for each in known]
    return decide_session([Measured(gate, each) for each in pairs])

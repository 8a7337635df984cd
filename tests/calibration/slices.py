"""Errors of slice gates and of the scan over slices, through the code that decides, beside the naive way.

Slice gates: a session is false if any slice fails that did not get worse; naive is each slice at alpha by
itself. The scan: the share of slices that did not move among those that are said to have; naive is each slice
with a two-sided p-value of at most 0.05.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from evalkit.comparisons.comparable import Side
from evalkit.comparisons.slices.fields import Categories, categories
from evalkit.comparisons.slices.scan import RATE, adjusted, scan
from evalkit.core.gate import GateLimits, MetricSpec
from evalkit.core.observations import Observations
from evalkit.core.slices import Slice
from evalkit.gates.deciding.compared import ComparedGate
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.metric import Floats
from evalkit.stats.intervals import wilson_interval
from tests.calibration.lines import Computed, Line, rate
from tests.unit.gates.metric_doubles import ACCURACY, observe

ALPHA = 0.05


@dataclass(frozen=True)
class SliceSessions:
    """Sessions with a gate for each slice.

    Attributes:
        sizes: of the slices, one after the other.
        n_worse: how many of them, the last ones, got worse by ``drop``.
        has_tags: every second sample of each slice is also in a slice of its own kind, across all others.
    """

    label: str
    sizes: tuple[int, ...]
    n_worse: int = 0
    drop: float = 0.4
    has_tags: bool = False

    def parts(self) -> dict[str, tuple[str, ...]]:
        """Sample id to its slices."""
        places = np.repeat(np.arange(len(self.sizes)), self.sizes)
        odd = [("odd",) if self.has_tags and at % 2 else () for at in range(len(places))]
        return {f"s{at:06}": (str(part), *odd[at]) for at, part in enumerate(places.tolist())}

    def draw(self, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Baseline and candidate, 0 and 1 by sample, each right with a probability of its own."""
        shares = rng.beta(2.0, 1.0, sum(self.sizes))
        is_worse = np.repeat(np.arange(len(self.sizes)), self.sizes) >= len(self.sizes) - self.n_worse
        after = shares * (1 - self.drop * is_worse)
        sides = (rng.random(len(shares)) < each for each in (shares, after))
        before, now = (side.astype(float) for side in sides)
        return before, now


@dataclass(frozen=True)
class SliceErrors:
    """Counts of sessions: any false fail with alpha shared, and with each slice by itself; slices in all."""

    n_sessions: int
    n_false: int
    n_naive: int
    n_found: int
    n_unseen: int


GATED = (
    SliceSessions("nothing changed, 6 slices of 50", (50,) * 6),
    SliceSessions("nothing changed, 20 slices of 15", (15,) * 20),
    SliceSessions("nothing changed, slices of 3 to 130", (3, 4, 6, 8, 12, 20, 37, 80, 130)),
    SliceSessions("nothing changed, slices that overlap", (50,) * 6, has_tags=True),
    SliceSessions("one of 6 slices worse by 40 %", (50,) * 6, n_worse=1),
)


def gate_errors(which: SliceSessions, n_sessions: int, seed: int = 0) -> SliceErrors:
    """Each session's slices prepared and decided together, and one by one."""
    rng = np.random.default_rng(seed)
    parts = which.parts()
    values = sorted({value for each in parts.values() for value in each})
    worse = {str(at) for at in range(len(which.sizes) - which.n_worse, len(which.sizes))}
    n_false = n_naive = n_found = n_unseen = 0
    for number in range(n_sessions):
        before, after = (replace(observe(side), slices={"k": parts}) for side in which.draw(rng))
        pending = [_prepared(value, before, after, number) for value in values]
        verdicts = decide_session(pending)
        failed = {value for value, each in zip(values, verdicts, strict=True) if each.verdict == "fail"}
        alone = [decide_session([each])[0].verdict for each in pending]
        naive = {value for value, each in zip(values, alone, strict=True) if each == "fail"}
        n_false, n_naive = n_false + bool(failed - worse), n_naive + bool(naive - worse)
        n_found += len(failed & worse)
        n_unseen += sum(each.is_unseen for each in verdicts)
    return SliceErrors(n_sessions, n_false, n_naive, n_found, n_unseen)


def _prepared(value: str, before: Observations, after: Observations, seed: int) -> ComparedGate:
    gate = RegressionGate(MetricSpec("accuracy", slice=Slice("k", value)), margin=0.0, alpha=ALPHA)
    sides = (Side(each, "t", "d") for each in (after, before))
    return prepare_regression(gate, ACCURACY, *sides, limits=GateLimits(1.0), seed=seed)


@dataclass(frozen=True)
class ScanSessions:
    """Sessions whose rows have four fields.

    Attributes:
        move: share of the samples of one language that got worse, and of another that got better, so that
            slices of other fields moved on average by nothing.
    """

    label: str
    n: int = 400
    move: float = 0.0

    def rows(self, rng: np.random.Generator) -> dict[str, dict[str, object]]:
        """Fields that have nothing to do with each other, and tags that overlap."""
        languages, levels, teams = (rng.integers(0, k, self.n) for k in (6, 4, 12))
        tags = rng.random((self.n, 6)) < 0.3
        return {
            f"s{at:06}": {
                "language": "abcdef"[languages[at]],
                "level": int(levels[at]),
                "team": f"t{teams[at]}",
                "tags": [f"g{k}" for k in range(6) if tags[at, k]],
            }
            for at in range(self.n)
        }

    def draw(self, found: Categories, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Baseline and candidate, 0 and 1 by sample."""
        shares = np.full(self.n, 0.6)
        after = shares.copy()
        for value, move in (("a", -self.move), ("b", self.move)):
            ids = [int(each[1:]) for each in found.slices[Slice("language", value)]]
            after[ids] += 0.4 * move
        before, now = ((rng.random(self.n) < each).astype(float) for each in (shares, after))
        return before, now


SCANNED = (ScanSessions("nothing moved"), ScanSessions("two of six languages moved", move=0.8))


@dataclass(frozen=True)
class ScanErrors:
    """Of each session the share of slices that did not move among those said to have, of the scan and
    naively; the share of the two that moved which were found; slices tested in all."""

    false: Floats
    naive: Floats
    found: Floats
    n_tested: int


def scan_errors(which: ScanSessions, n_sessions: int, seed: int = 0) -> ScanErrors:
    """Each session's slices scanned as ``evalkit compare`` does."""
    rng = np.random.default_rng(seed)
    moved = {Slice("language", each) for each in "ab"} if which.move else set()
    false, naive, power, n_tested = [], [], [], 0
    for _ in range(n_sessions):
        found = categories(which.rows(rng))
        before, after = which.draw(found, rng)
        seen = scan({"accuracy": ACCURACY}, observe(before), observe(after), found)
        assert seen is not None
        moves = adjusted([seen])[0].moves
        n_tested += len(moves)
        by_scan = {each.part for each in moves if each.has_moved}
        by_itself = {each.part for each in moves if each.tests.two_sided <= RATE}
        false.append(_false_share(by_scan, moved))
        naive.append(_false_share(by_itself, moved))
        power.append(len(by_scan & moved) / max(1, len(moved)))
    return ScanErrors(np.array(false), np.array(naive), np.array(power), n_tested)


def _false_share(said: set[Slice], moved: set[Slice]) -> float:
    return len(said - moved) / max(1, len(said))


def lines(n_sessions: int) -> Iterator[Line]:
    """All rows, in the order of the table."""
    head = f"{'slices':<38} {'any false fail':<22} {'each at alpha':<22} unseen of all"
    for gated in GATED:
        title = f"slice gates: sessions with any false fail, alpha 5 %, margin 0\n\n{head}"
        yield Line(title, f"slices gates {gated.label}", partial(_gate_line, gated, n_sessions))
    head = f"{'fields':<38} {'false of those said':<22} {'each at 5 %':<22} found"
    for scanned in SCANNED:
        title = f"scan: slices that did not move among those said to have, rate 5 %\n\n{head}"
        yield Line(title, f"slices scan {scanned.label}", partial(_scan_line, scanned, n_sessions))


def _gate_line(which: SliceSessions, n_sessions: int) -> Computed:
    found = gate_errors(which, n_sessions)
    n_slices = n_sessions * (len(which.sizes) + which.has_tags)
    unseen = f"{100 * found.n_unseen / n_slices:.0f} %"
    rates = [rate(each, n_sessions) for each in (found.n_false, found.n_naive)]
    power = f", the worse one found in {rate(found.n_found, n_sessions)}" if which.n_worse else ""
    low, _ = wilson_interval(found.n_false / n_sessions, n_sessions)
    return Computed(f"{which.label:<38} {rates[0]:<22} {rates[1]:<22} {unseen}{power}", low > ALPHA)


def _scan_line(which: ScanSessions, n_sessions: int) -> Computed:
    found = scan_errors(which, n_sessions)
    power = f"{100 * found.found.mean():.0f} %" if which.move else "-"
    text = f"{which.label:<38} {_mean(found.false):<22} {_mean(found.naive):<22} {power}"
    n_tested = found.n_tested / n_sessions
    return Computed(f"{text}  ({n_tested:.0f} slices a session)", _ends(found.false)[0] > RATE)


def _mean(shares: Floats) -> str:
    low, high = _ends(shares)
    return f"{100 * shares.mean():.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def _ends(shares: Sequence[float] | Floats) -> tuple[float, float]:
    """Of a mean of shares; of shares that are all 0 or 1 Wilson's."""
    values = np.asarray(shares, dtype=np.float64)
    if set(values.tolist()) <= {0.0, 1.0}:
        low, high = wilson_interval(float(values.mean()), len(values))
        return low, high
    half = 1.96 * float(values.std(ddof=1)) / float(np.sqrt(len(values)))
    return float(values.mean()) - half, float(values.mean()) + half

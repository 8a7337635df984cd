"""The rows of the table that ``make calibration`` prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

import numpy as np

from evalkit.stats.intervals import wilson_interval
from evalkit.stats.normal import normal_quantile, normal_tail
from evalkit.stats.student import t_tail
from tests.calibration.influence import moved
from tests.calibration.misses import Misses, of_differences, of_estimates, of_sequences
from tests.calibration.population import ONCE, Repeats, Scores, population
from tests.calibration.simulation import ALPHA, Session, Tally, simulate

Section = Literal[
    "A/A", "A/B", "margin", "interval of a value", "interval of a difference", "confidence sequence"
]

SIZES = (30, 100, 300, 1_000, 2_000)
SCORES: tuple[Scores, ...] = ("binary", "graded", "f1", "mcc", "bleu")
#: Scores that are nearly always right, where the side that answers once may well make no mistake.
EASY: tuple[Scores, ...] = ("binary97", "f1-97", "mcc97")
#: Both sides once, both three times, the candidate alone three times.
REPEATS = (ONCE, Repeats(3, 3), Repeats(1, 3))
#: Repeated samples of corpus metrics, at most so many where thousands of sessions are resampled: it is dear.
LARGEST_REPEATED = 100
#: Samples up to which every row of the margin is drawn as often as is asked for, and corpus metrics at all.
LARGEST_EXACT = 300


@dataclass(frozen=True)
class Rate:
    """A share of sessions with its 95 % interval (Wilson)."""

    count: int
    n: int

    @property
    def ends(self) -> tuple[float, float]:
        return wilson_interval(self.count / self.n, self.n)

    def __str__(self) -> str:
        low, high = self.ends
        return f"{self.count / self.n:.1%} [{low:.1%}, {high:.1%}]"


@dataclass(frozen=True)
class Row:
    """One line to compute.

    Attributes:
        share: of the sessions asked for, to be simulated.
        depth: of the section "margin": the true drop in margins.
    """

    section: Section
    session: Session
    share: float = 1.0
    depth: float | None = None

    @property
    def label(self) -> str:
        session = self.session
        repeats = "" if sum(session.repeats) == 2 else " x {}/{}".format(*session.repeats)
        kind = f"{session.scores}{repeats}"
        last = f"{session.n_gates:>5}" if self.section == "A/A" else f"{session.drop:>5.0%}"
        if self.depth is not None:
            last = f"{self.depth:>4.1f}m"
        return f"{self.section:<24} {kind:<13} {session.n:>5} {last}"

    @property
    def seed(self) -> int:
        """Of the row itself: the same whatever else is computed, and by how many processes."""
        return crc32(self.label.encode())


@dataclass(frozen=True)
class Result:
    """What a row came to. ``rates`` are to be at most alpha (A/A; of the margin false alarms where nothing
    changed, passes where the drop is the margin) or at least 95 % (intervals)."""

    row: Row
    cells: tuple[str, ...]
    rates: tuple[Rate, ...]

    @property
    def is_off(self) -> bool:
        """Whether a rate's whole interval lies on the wrong side of what is promised."""
        if self.row.section == "A/B":
            return False
        if self.row.section in ("A/A", "margin"):
            return any(rate.ends[0] > ALPHA for rate in self.rates)
        return any(rate.ends[1] < 1 - ALPHA for rate in self.rates)

    def __str__(self) -> str:
        cells = "".join(f" {cell:<21}" for cell in self.cells)
        return f"{self.row.label} {cells}".rstrip() + ("  !" if self.is_off else "")


HEADERS: dict[Section, str] = {
    "A/A": "false alarms: n, gates | fixed, sequential, asked; at most 5 %",
    "A/B": "power: n, drop | textbook z, one-sided McNemar or t, fixed, sequential, asked",
    "margin": "true drops in margins (m): n | fixed: pass, fail; sequential: pass, fail; asked",
    "interval of a value": "n, drop | 95 % intervals that hold the true value; truth below, above",
    "interval of a difference": "n, drop | 95 % intervals that hold the true one; truth below, above",
    "confidence sequence": "n, drop | those that hold the mean at all looks: independent, finite",
}


def rows() -> Iterator[Row]:
    """All rows in the order of the table."""
    yield from _alarms()
    yield from _power()
    yield from _margins()
    for section in ("interval of a value", "interval of a difference"):
        yield from _intervals(section)
    for scores in SCORES[:2]:
        for n in SIZES:
            yield Row("confidence sequence", Session(scores, n))


def _alarms() -> Iterator[Row]:
    for scores in SCORES:
        for repeats in REPEATS:
            for n_gates in (1, 20):
                for n in SIZES:
                    session = Session(scores, n, n_gates, repeats)
                    is_dear = n_gates > 1 and sum(repeats) > 2 and not session.can_stop
                    if not is_dear or n <= LARGEST_REPEATED:
                        yield Row("A/A", session, 0.5 if is_dear else 1.0)
    for scores in EASY:
        for n_gates in (1, 20):
            for n in (30, LARGEST_REPEATED):
                yield Row("A/A", Session(scores, n, n_gates, REPEATS[-1]))


def _power() -> Iterator[Row]:
    for scores in SCORES:
        for n, drop in ((100, 0.2), (300, 0.1), (1_000, 0.05), (2_000, 0.03)):
            yield Row("A/B", Session(scores, n, drop=drop), 0.25)
        for repeats in REPEATS[1:]:
            yield Row("A/B", Session(scores, 300, repeats=repeats, drop=0.1), 0.25)


def _margins() -> Iterator[Row]:
    """Nothing changed, half of the margin lost, the margin, and twice as much."""
    for scores in SCORES:
        people = population(scores)
        for n, lost in ((100, 0.2), (300, 0.1), (1_000, 0.05)):
            margin = people.value() - people.value(lost)
            for depth in (0.0, 0.5, 1.0, 2.0):
                session = Session(
                    scores, n, margin=margin, drop=_share_lost(scores, depth * margin), is_exact=True
                )
                if session.can_stop or n <= LARGEST_EXACT:
                    yield Row("margin", session, 0.25 if n > LARGEST_EXACT else 1.0, depth)


def _share_lost(scores: Scores, drop: float) -> float:
    """The share of samples that lose everything where the metric falls by ``drop``, by bisection."""
    people, low, high = population(scores), 0.0, 1.0
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if people.value() - people.value(middle) < drop else (low, middle)
    return low if drop else 0.0


def _intervals(section: Section) -> Iterator[Row]:
    for scores in SCORES:
        for repeats in REPEATS if section == "interval of a difference" else REPEATS[:2]:
            for n in SIZES:
                for drop in (0.0, 0.1):
                    session = Session(scores, n, repeats=repeats, drop=drop)
                    if session.can_stop:
                        yield Row(section, session)
                    elif sum(repeats) == 2 and (drop or n <= LARGEST_REPEATED):
                        yield Row(section, session, 0.5 if scores == "bleu" and n >= 1_000 else 1.0)
                    elif drop and scores != "mcc" and n <= LARGEST_REPEATED:
                        yield Row(section, session, 0.5)


def compute(row: Row, n_sessions: int) -> Result:
    """Simulate one row."""
    n = max(1, round(row.share * n_sessions))
    if row.section in ("A/A", "A/B"):
        return _gates(row, n)
    if row.section == "margin":
        return _margin(row, n)
    if row.section == "confidence sequence":
        held = [_held(of_sequences(row.session, n, row.seed, is_finite=flag), n) for flag in (False, True)]
        return Result(row, tuple(map(str, held)), tuple(held))
    cover = of_estimates if row.section == "interval of a value" else of_differences
    misses = cover(row.session, n, row.seed)
    rate = _held(misses, n)
    return Result(row, (str(rate), f"{misses.n_below / n:.1%} {misses.n_above / n:.1%}"), (rate,))


def _held(misses: Misses, n: int) -> Rate:
    return Rate(n - misses.n_below - misses.n_above, n)


def _gates(row: Row, n: int) -> Result:
    session = row.session
    flags = (False, True) if session.can_stop else (False,)
    tallies = [simulate(session, n, is_sequential=flag, seed=row.seed) for flag in flags]
    rates = tuple(Rate(_count(row, tally), n) for tally in tallies)
    asked = f"{tallies[1].share_asked:.0%}" if session.can_stop else "100%"
    cells = (*map(str, rates), *(() if session.can_stop else ("to the end",)), asked)
    if row.section == "A/B":
        cells = (f"{textbook_power(session):.1%}", str(Rate(textbook_count(session, n, row.seed), n)), *cells)
    return Result(row, cells, rates)


def _margin(row: Row, n: int) -> Result:
    session, cells, rates = row.session, [], []
    for is_sequential in (False, True) if session.can_stop else (False,):
        tally = simulate(session, n, is_sequential=is_sequential, seed=row.seed)
        passed, failed = Rate(tally.n_passed, n), Rate(tally.n_failed, n)
        cells += [str(passed), str(failed)]
        rates += {0.0: [failed], 1.0: [passed]}.get(row.depth or 0.0, [])
    asked = f"{tally.share_asked:.0%}" if session.can_stop else "to the end"
    return Result(row, (*cells, asked), tuple(rates))


def _count(row: Row, tally: Tally) -> int:
    return tally.n_alarms if row.section == "A/A" else tally.n_failed


def textbook_count(session: Session, n_sessions: int, seed: int) -> int:
    """In how many of the sessions that ``simulate`` draws the textbook's one-sided test finds the drop:
    McNemar's (1947, without correction) for scores of 0 and 1 once each, Student's paired t for other means,
    and for metrics over a corpus z by the delta method."""
    rng = np.random.default_rng(seed)
    count = 0
    for _ in range(n_sessions):
        before, after = session.draw(rng)
        if session.metric.kind == "binary" and sum(session.repeats) == 2:
            turns = (after - before)[0, :, 0, 0]
            n_turned = np.count_nonzero(turns)
            count += n_turned > 0 and normal_tail(-float(turns.sum()) / n_turned**0.5) <= ALPHA
            continue
        seen = moved(session.metric, before, after)
        t = float(-seen.values[0] / seen.errors[0])
        count += (t_tail(t, session.n - 1) if session.can_stop else normal_tail(t)) <= ALPHA
    return count


def textbook_power(session: Session) -> float:
    """Power of the one-sided z test at the true difference and its spread over samples (delta method)."""
    people, n = session.population, 100_000
    before, after = people.draw((1, n), session.repeats, session.drop, np.random.default_rng(3))
    error = float(moved(session.metric, before, after).errors[0]) * (n / session.n) ** 0.5
    shift = people.value() - people.value(session.drop)
    return 1 - normal_tail(shift / error - normal_quantile(1 - ALPHA))

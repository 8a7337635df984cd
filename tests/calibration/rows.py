"""The rows of the table that ``make calibration`` prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from zlib import crc32

import numpy as np

from evalkit.stats.intervals import wilson_interval
from evalkit.stats.normal import normal_quantile, normal_tail
from evalkit.stats.student import t_tail
from tests.calibration.influence import moved
from tests.calibration.lines import rate
from tests.calibration.misses import Misses, of_differences, of_estimates, of_sequences
from tests.calibration.population import Repeats, Scores, population
from tests.calibration.simulation import ALPHA, Gaps, Session, Tally, simulate

Section = Literal[
    "A/A", "A/B", "margin", "interval of a value", "interval of a difference", "confidence sequence"
]

SIZES = (30, 100, 300)
#: Where early stops pay most.
LARGE = 1_000
SCORES: tuple[Scores, ...] = ("binary", "graded", "ties", "rare", "pass@5", "f1", "mcc", "bleu")
#: Those that are also drawn with repeats and in groups: one of each kind.
KINDS: tuple[Scores, ...] = ("binary", "graded", "f1")
#: Scores that are nearly always right, where the side that answers once may well make no mistake.
EASY: tuple[Scores, ...] = ("binary97", "f1-97", "mcc97")
#: Both sides three times, the candidate alone three times.
REPEATS = (Repeats(3, 3), Repeats(1, 3))
#: Samples, and the share of them that lose everything.
LOSSES = ((100, 0.2), (300, 0.1))
#: The same where failures in full are rare: a fiftieth.
RARE_LOSSES = ((30, 0.02), (100, 0.02), (300, 0.02))
#: True drops in margins.
DEPTHS, BOUNDARY = (0.0, 0.5, 1.0, 2.0), (0.5, 1.0)


@dataclass(frozen=True)
class Rate:
    """A share of sessions with its 95 % interval (Wilson)."""

    count: int
    n: int

    @property
    def ends(self) -> tuple[float, float]:
        return wilson_interval(self.count / self.n, self.n)

    def __str__(self) -> str:
        return rate(self.count, self.n)


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
        kind = f"{session.scores}{repeats}{', groups' * session.is_grouped}"
        if session.gaps is not None:
            kind += f", gaps: {session.gaps}"
        last = f"{session.n_gates:>5}" if self.section == "A/A" else f"{session.drop:>5.0%}"
        if self.depth is not None:
            last = f"{self.depth:>4.1f}m" + ("" if session.n_gates == 1 else f" x {session.n_gates}")
        return f"{self.section:<24} {kind:<26} {session.n:>5} {last}"

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
        # Answers that are missing because they were wrong, and are not counted so, are promised nothing.
        if self.row.section == "A/B" or self.row.session.gaps == "wrong":
            return False
        if self.row.section in ("A/A", "margin"):
            return any(each.ends[0] > ALPHA for each in self.rates)
        return any(each.ends[1] < 1 - ALPHA for each in self.rates)

    def __str__(self) -> str:
        cells = "".join(f" {cell:<21}" for cell in self.cells)
        return f"{self.row.label} {cells}".rstrip()


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
    yield from _intervals_of_values()
    yield from _intervals_of_differences()
    for scores in SCORES[:2]:
        for n in (30, 300, LARGE):
            yield Row("confidence sequence", Session(scores, n))


def _alarms() -> Iterator[Row]:
    for scores in SCORES:
        for n in SIZES:
            yield Row("A/A", Session(scores, n))
        for n in _sizes(scores):
            yield Row("A/A", Session(scores, n, 20), 0.5 if scores == "bleu" else 1.0)
    for scores in KINDS:
        for repeats in REPEATS:
            yield Row("A/A", Session(scores, 30, 1, repeats))
            yield Row("A/A", Session(scores, 100, 1, repeats))
            yield Row("A/A", Session(scores, 30, 20, repeats), 0.5)
    for scores in EASY:
        yield Row("A/A", Session(scores, 100, 20, REPEATS[-1]), 0.25)
    for scores in KINDS:
        for n in (30,) if scores == "f1" else (30, 100):
            yield Row("A/A", Session(scores, n, is_grouped=True))
    yield Row("A/A", Session("binary", 30, 20, is_grouped=True), 0.5)
    yield Row("A/A", Session("binary", 100, gaps="any"))


def _power() -> Iterator[Row]:
    for scores in SCORES:
        for n, drop in _losses(scores):
            yield Row("A/B", Session(scores, n, drop=drop), 0.5 if scores == "bleu" else 1.0)
    yield Row("A/B", Session("binary", LARGE, drop=0.05), 0.5)
    for scores in KINDS:
        yield Row("A/B", Session(scores, 100, repeats=REPEATS[0], drop=0.2), 0.5)


def _margins() -> Iterator[Row]:
    """Half of the margin lost, and the margin; of some kinds also nothing, and twice as much."""
    for scores in SCORES:
        for n, lost in _losses(scores):
            depths = DEPTHS if scores in KINDS and n == SIZES[1] else BOUNDARY
            yield from _margin_rows(Session(scores, n), lost, depths, 0.5 if scores == "bleu" else 1.0)
    for scores in SCORES[:2]:
        yield from _margin_rows(Session(scores, LARGE), 0.05, share=0.5)
        yield from _margin_rows(Session(scores, 100, 20), 0.2, share=0.1)
        for n, lost in ((30, 0.2), (100, 0.1)):
            yield from _margin_rows(Session(scores, n, is_grouped=True), lost)
    gaps: tuple[Gaps, ...] = ("any", "wrong", "wrong, worst")
    for each in gaps:
        yield from _margin_rows(Session("binary", 300, gaps=each), 0.1)


def _sizes(scores: Scores) -> tuple[int, ...]:
    """Resampling BLEU is dear."""
    return SIZES[:2] if scores == "bleu" else SIZES


def _losses(scores: Scores) -> Sequence[tuple[int, float]]:
    """Samples and the share of them that lose everything; a second size of one metric of each kind."""
    if scores == "rare":
        return RARE_LOSSES
    return LOSSES if scores in KINDS else LOSSES[:1]


def _margin_rows(
    session: Session, lost: float, depths: Sequence[float] = BOUNDARY, share: float = 1.0
) -> Iterator[Row]:
    people = session.population
    margin = people.value() - people.value(lost)
    for depth in depths:
        drop = _share_lost(session.scores, depth * margin)
        yield Row("margin", replace(session, margin=margin, drop=drop, is_exact=True), share, depth)


def _share_lost(scores: Scores, drop: float) -> float:
    """The share of samples that lose everything where the metric falls by ``drop``, by bisection."""
    people, low, high = population(scores), 0.0, 1.0
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if people.value() - people.value(middle) < drop else (low, middle)
    return low if drop else 0.0


def _intervals_of_values() -> Iterator[Row]:
    for scores in SCORES:
        for n in _sizes(scores):
            yield Row("interval of a value", Session(scores, n))
    for scores in KINDS:
        for n in SIZES[:2]:
            yield Row("interval of a value", Session(scores, n, repeats=REPEATS[0]))


def _intervals_of_differences() -> Iterator[Row]:
    for scores in SCORES:
        for n in _sizes(scores):
            drop = 0.02 if scores == "rare" else 0.1
            for each in (0.0, drop) if n == SIZES[0] else (drop,):
                yield Row("interval of a difference", Session(scores, n, drop=each))
    for scores in KINDS:
        for n in SIZES[:2]:
            for repeats in REPEATS:
                yield Row("interval of a difference", Session(scores, n, repeats=repeats, drop=0.1), 0.5)
            yield Row("interval of a difference", Session(scores, n, drop=0.1, is_grouped=True), 0.5)


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
    covered = _held(misses, n)
    return Result(
        row, (str(covered), f"{100 * misses.n_below / n:.1f} {100 * misses.n_above / n:.1f}"), (covered,)
    )


def _held(misses: Misses, n: int) -> Rate:
    return Rate(n - misses.n_below - misses.n_above, n)


def _gates(row: Row, n: int) -> Result:
    session = row.session
    tallies = simulate(session, n, seed=row.seed, has_looks=True)
    counts = [each.n_alarms if row.section == "A/A" else each.n_failed for each in tallies]
    rates = tuple(Rate(count, n) for count in counts)
    cells = (*map(str, rates), *_asked(tallies))
    if row.section == "A/B":
        cells = (
            f"{100 * textbook_power(session):.1f} %",
            str(Rate(textbook_count(session, n, row.seed), n)),
            *cells,
        )
    return Result(row, cells, rates)


def _margin(row: Row, n: int) -> Result:
    tallies = simulate(row.session, n, seed=row.seed, has_looks=True)
    cells, rates, n_gates = [], [], n * row.session.n_gates
    for tally in tallies:
        passed, failed = Rate(tally.n_passed, n_gates), Rate(tally.n_failed, n_gates)
        cells += [str(passed), str(failed)]
        rates += {0.0: [failed], 1.0: [passed]}.get(row.depth or 0.0, [])
    return Result(row, (*cells, *_asked(tallies)), tuple(rates))


def _asked(tallies: Sequence[Tally]) -> tuple[str]:
    """The share of samples that gates asked with looks on the way."""
    return (f"{100 * tallies[1].share_asked:.0f} %" if len(tallies) > 1 else "to the end",)


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
            n_turned = int(np.count_nonzero(turns))
            count += n_turned > 0 and normal_tail(-float(turns.sum()) / n_turned**0.5) <= ALPHA
            continue
        seen = moved(session.population, before, after)
        t = float(-seen.values[0] / seen.errors[0])
        count += (t_tail(t, session.n - 1) if session.can_stop else normal_tail(t)) <= ALPHA
    return count


def textbook_power(session: Session) -> float:
    """Power of the one-sided z test at the true difference and its spread over samples (delta method)."""
    people, n = session.population, 100_000
    before, after = people.draw((1, n), session.repeats, session.drop, np.random.default_rng(3))
    error = float(moved(session.population, before, after).errors[0]) * (n / session.n) ** 0.5
    shift = people.value() - people.value(session.drop)
    return 1 - normal_tail(shift / error - normal_quantile(1 - ALPHA))

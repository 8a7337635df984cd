"""Seeded simulations: innocent changes rarely fail, real ones fail as often as the textbook says, intervals
cover what they promise. ``make calibration`` prints the whole table.

Counts are held to what a binomial count passes once in a thousand, at the rate that is promised.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from evalkit.comparisons.comparable import Side
from evalkit.core.gate import MetricSpec
from evalkit.gates.deciding.compared import ComparedGate
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.metric import Floats
from tests.calibration.misses import Misses, of_differences, of_estimates
from tests.calibration.population import ONCE, Repeats, Scores, population
from tests.calibration.rows import EASY, SCORES, compute, rows, textbook_count, textbook_power
from tests.calibration.simulation import ALPHA, Gaps, Session, simulate
from tests.unit.gates.metric_doubles import ACCURACY, CORPUS, GRADED, Mean, observe

THRICE, UNEQUAL = Repeats(3, 3), Repeats(1, 3)
#: Those under which a gate promises something: answers missing at random, or counted as wrong.
GAPS: tuple[Gaps, ...] = ("any", "wrong, worst")


def most(n: int, rate: float) -> float:
    """The count that n trials at this rate pass once in a thousand."""
    return float(stats.binom.ppf(0.999, n, rate))


def least(n: int, rate: float) -> float:
    return float(stats.binom.ppf(0.001, n, rate))


def pend(metric: Mean, before: Floats, after: Floats, seed: int) -> ComparedGate:
    gate = RegressionGate(MetricSpec("m"), margin=0.0, alpha=ALPHA)
    sides = [Side(observe(side.ravel(), repeats=side.shape[1]), "t", "d") for side in (after, before)]
    return prepare_regression(gate, metric, *sides, seed=seed)


@pytest.mark.parametrize(
    "metric, scores, n, repeats, n_gates",
    [
        (ACCURACY, "binary", 60, ONCE, 8),
        (GRADED, "binary", 40, UNEQUAL, 1),
        (GRADED, "graded", 40, ONCE, 4),
        (CORPUS, "graded", 40, ONCE, 1),
    ],
    ids=["binary", "repeated", "graded", "corpus"],
)
def test_responses_without_any_change_raise_false_alarms_at_most_at_alpha(
    metric: Mean, scores: Scores, n: int, repeats: Repeats, n_gates: int
) -> None:
    rng = np.random.default_rng(n_gates)
    alarms = 0
    for _ in range(40):
        sides = population(scores).draw((n_gates, n), repeats, 0.0, rng)
        pending = [pend(metric, a[..., 0], b[..., 0], 0) for a, b in zip(*sides, strict=True)]
        alarms += any(verdict.verdict == "fail" for verdict in decide_session(pending))
    assert alarms <= most(40, ALPHA)


@pytest.mark.parametrize(
    "session",
    [
        *(Session(scores, 30) for scores in SCORES),
        *(Session(scores, 30, repeats=UNEQUAL) for scores in SCORES[:3]),
        *(Session(scores, 30, 20) for scores in SCORES[:3]),
        *(Session(scores, 30, 20, THRICE) for scores in ("binary", "f1")),
        Session("bleu", 30, 20, UNEQUAL),
        *(Session(scores, 100, 6, UNEQUAL) for scores in EASY),
        *(Session(scores, 30, is_grouped=True) for scores in ("binary", "f1")),
    ],
    ids=str,
)
def test_sessions_without_any_change_raise_false_alarms_at_most_at_alpha(session: Session) -> None:
    n_sessions = 120 if session.n_gates == 1 else 40
    if session.metric.kind == "corpus":
        n_sessions //= 2
    tally = simulate(session, n_sessions, seed=1)[0]
    assert tally.n_alarms <= most(n_sessions, ALPHA)


@pytest.mark.parametrize(
    "session",
    [
        Session("binary", 300, drop=0.1),
        Session("graded", 100, drop=0.1),
        Session("graded", 60, repeats=UNEQUAL, drop=0.12),
        Session("f1", 150, drop=0.15),
        Session("f1", 60, repeats=THRICE, drop=0.15),
        Session("bleu", 100, drop=0.15),
    ],
    ids=str,
)
def test_a_real_drop_fails_as_often_as_the_textbook_says(session: Session) -> None:
    n = n_of(session)
    tally = simulate(session, n, seed=2)[0]
    power = textbook_power(session)
    assert least(n, power - 0.05) <= tally.n_failed <= most(n, power + 0.05)


@pytest.mark.parametrize("scores", ["binary", "graded", "f1"])
def test_a_drop_of_the_margin_passes_at_most_at_alpha_and_half_of_it_seldom_fails(scores: Scores) -> None:
    wanted = {row.depth: row.session for row in rows() if row.label.split()[:3] == ["margin", scores, "100"]
              and row.session.n_gates == 1}  # fmt: skip
    n = 100
    at, half = (simulate(wanted[depth], n, seed=6)[0] for depth in (1.0, 0.5))
    assert at.n_passed <= most(n, ALPHA)
    assert at.n_failed >= least(n, 0.4)
    assert half.n_failed <= most(n, 0.2)


@pytest.mark.parametrize(
    "session",
    [Session("binary", 30, is_grouped=True), *(Session("binary", 300, gaps=gaps) for gaps in GAPS)],
    ids=["groups", *GAPS],
)
def test_a_drop_of_the_margin_passes_at_most_at_alpha_in_groups_and_where_answers_are_missing(
    session: Session,
) -> None:
    lost = 0.2 if session.is_grouped else 0.1
    margin = session.population.value() - session.population.value(lost)
    at = simulate(replace(session, margin=margin, drop=lost, is_exact=True), 60, seed=8)[0]
    assert at.n_passed <= most(60, ALPHA)
    assert at.n_failed >= least(60, 0.3)


def test_the_exact_test_finds_a_drop_nearly_as_often_as_the_textbooks_one_sided_one() -> None:
    session, n = Session("binary", 300, drop=0.1), 150
    found = simulate(session, n, seed=7)[0].n_failed
    assert textbook_count(session, n, seed=7) - 0.06 * n <= found <= textbook_count(session, n, seed=7)


@pytest.mark.parametrize(
    "session",
    [
        Session("binary", 60, drop=0.1),
        Session("binary", 60, repeats=THRICE, drop=0.1),
        Session("graded", 100, drop=0.1),
        Session("graded", 60, repeats=THRICE, drop=0.3),
        Session("f1", 60),
        Session("f1", 40, repeats=THRICE, drop=0.3),
        Session("bleu", 60, drop=0.1),
    ],
    ids=str,
)
def test_intervals_of_values_and_differences_cover_the_truth(session: Session) -> None:
    n = n_of(session)
    for misses in (of_estimates(session, n, seed=3), of_differences(session, n, seed=4)):
        assert n - n_missed(misses) >= least(n, 0.95)
        # Nor are they wide for nothing.
        assert n_missed(misses) >= least(n, 0.03)


def n_of(session: Session) -> int:
    """Sessions, fewer where each is dear."""
    if session.repeats == UNEQUAL:
        return 20
    return 50 if session.metric.kind == "corpus" else 120


def n_missed(misses: Misses) -> int:
    return misses.n_below + misses.n_above


@pytest.mark.parametrize(
    "session",
    [
        Session("binary", 40, 4, drop=0.1),
        Session("graded", 30, 4, drop=0.05),
        Session("binary", 30, 4, UNEQUAL, drop=0.15),
        Session("f1", 30, 4, drop=0.1),
        Session("bleu", 30, 4, drop=0.1),
    ],
    ids=str,
)
def test_what_the_simulation_leaves_out_changes_no_decision(session: Session) -> None:
    exact = Session(**{**vars(session), "is_exact": True})
    n = 6 if session.scores == "bleu" else 12
    tallies = [simulate(each, n, seed=5)[0] for each in (session, exact)]
    assert tallies[0].n_failed == tallies[1].n_failed > 0
    assert tallies[0].n_alarms == tallies[1].n_alarms


def test_every_row_of_the_table_has_a_label_of_its_own() -> None:
    labels = Counter(row.label for row in rows())
    assert max(labels.values()) == 1


def test_a_row_of_the_table_comes_out_the_same_each_time() -> None:
    row = next(row for row in rows() if row.session == Session("f1", 30))
    assert str(compute(row, 20)) == str(compute(row, 20))

"""Strengths of paired comparisons: against published fits, scikit-learn, scipy and the counts themselves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from evalkit.stats.bootstrap import Floats
from evalkit.stats.bradley_terry import Strengths, bradley_terry, linked

#: Wins of the row against the column, seven baseball teams in 1987: Agresti, Categorical Data Analysis, 1990,
#: section 10.6, which prints 1.58, 1.44, 1.29, 1.25, 1.11, 0.68 and 0 for their log strengths.
BASEBALL = [
    [0, 7, 9, 7, 7, 9, 11],
    [6, 0, 7, 5, 11, 9, 9],
    [4, 6, 0, 7, 7, 8, 12],
    [6, 8, 6, 0, 6, 7, 10],
    [6, 2, 6, 7, 0, 7, 12],
    [4, 4, 5, 6, 6, 0, 6],
    [2, 4, 1, 3, 1, 7, 0],
]
#: Six chocolate puddings, Davidson 1970, example 2: first, second, wins of either, ties.
PUDDINGS = [
    (1, 2, 19, 22, 16), (1, 3, 16, 19, 12), (2, 3, 19, 19, 10), (1, 4, 18, 23, 13), (2, 4, 23, 19, 9),
    (3, 4, 19, 20, 15), (1, 5, 13, 19, 18), (2, 5, 16, 20, 12), (3, 5, 16, 15, 17), (4, 5, 17, 14, 16),
    (1, 6, 18, 21, 12), (2, 6, 22, 20, 12), (3, 6, 13, 18, 10), (4, 6, 14, 19, 18), (5, 6, 11, 21, 12),
]  # fmt: skip
#: What Davidson prints, to the digits of the R package PlackettLuce, which stops after his seven iterations
#: for it: worth with sum 1, and the odds of a tie. The maximum lies within 3e-5 of it.
PUDDING_WORTH = [0.1388005, 0.1729985, 0.1617420, 0.1653930, 0.1586805, 0.2023855]
PUDDING_TIE = 0.7468147


def puddings() -> tuple[Floats, Floats]:
    wins, ties = np.zeros((1, 6, 6)), np.zeros((1, 6, 6))
    for first, second, n_first, n_second, n_tied in PUDDINGS:
        wins[0, first - 1, second - 1], wins[0, second - 1, first - 1] = n_first, n_second
        ties[0, first - 1, second - 1] = ties[0, second - 1, first - 1] = n_tied
    return wins, ties


def without_ties(wins: Floats) -> Strengths:
    return bradley_terry(wins, np.zeros_like(wins))


def random_counts(seed: int, m: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    wins, ties = rng.poisson(4, (1, m, m)).astype(float), np.triu(rng.poisson(2, (1, m, m)), 1).astype(float)
    wins[:, np.arange(m), np.arange(m)] = 0
    return wins, ties + ties.transpose(0, 2, 1)


def test_baseball_is_as_agresti_prints_it() -> None:
    logs = without_ties(np.array([BASEBALL], dtype=float)).logs[0]
    assert (logs - logs[-1]).round(2).tolist() == [1.58, 1.44, 1.29, 1.25, 1.11, 0.68, 0.0]


def test_ties_are_as_published_for_davidsons_puddings() -> None:
    found = bradley_terry(*puddings())
    worth = np.exp(found.logs[0])
    assert worth / worth.sum() == pytest.approx(PUDDING_WORTH, abs=3e-5)
    assert found.tie[0] == pytest.approx(PUDDING_TIE, abs=3e-5)


def test_without_ties_it_is_the_logistic_regression_of_scikit_learn() -> None:
    wins = np.array(BASEBALL, dtype=float)
    rows, weights = [], []
    for i, j in zip(*np.nonzero(wins), strict=True):
        row = np.zeros(7)
        row[i], row[j] = 1, -1
        rows += [row, -row]
        weights += [wins[i, j]] * 2
    model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-12, max_iter=10_000)
    model.fit(np.array(rows)[:, 1:], [1, 0] * (len(rows) // 2), weights)
    logs = without_ties(wins[np.newaxis]).logs[0]
    assert logs[1:] - logs[0] == pytest.approx(model.coef_[0], abs=1e-6)


def test_with_ties_no_optimiser_finds_a_likelier_one() -> None:
    wins, ties = random_counts(3, 4)

    def cost(at: Floats) -> float:
        logs, log_tie = np.append(at[:3], 0.0), at[3]
        total = 0.0
        for i in range(4):
            for j in range(i):
                powers = np.array([logs[i], logs[j], log_tie + (logs[i] + logs[j]) / 2])
                counts = np.array([wins[0, i, j], wins[0, j, i], ties[0, i, j]])
                total -= counts @ (powers - np.log(np.exp(powers).sum()))
        return float(total)

    best = minimize(cost, np.zeros(4), method="BFGS", options={"gtol": 1e-10})
    found = bradley_terry(wins, ties)
    assert found.logs[0, :3] - found.logs[0, 3] == pytest.approx(best.x[:3], abs=1e-5)
    assert np.log(found.tie[0]) == pytest.approx(best.x[3], abs=1e-5)


def test_of_two_it_is_the_share_with_half_of_the_ties() -> None:
    wins, ties = np.zeros((1, 2, 2)), np.zeros((1, 2, 2))
    wins[0, 0, 1], wins[0, 1, 0], ties[0, 0, 1], ties[0, 1, 0] = 7.5, 2.5, 4, 4
    assert bradley_terry(wins, ties).mean_shares()[0] == pytest.approx([9.5 / 14, 4.5 / 14], abs=1e-8)


def test_where_all_meet_equally_often_it_is_the_share_that_was_seen() -> None:
    rng = np.random.default_rng(5)
    wins, ties = np.zeros((1, 4, 4)), np.zeros((1, 4, 4))
    for i in range(4):
        for j in range(i):
            n_won, n_lost, n_tied = rng.multinomial(30, [0.5, 0.3, 0.2])
            wins[0, i, j], wins[0, j, i], ties[0, i, j], ties[0, j, i] = n_won, n_lost, n_tied, n_tied
    seen = (wins + ties / 2).sum(axis=2)[0] / 90
    assert bradley_terry(wins, ties).mean_shares()[0] == pytest.approx(seen, abs=1e-8)


def test_who_never_lost_has_a_share_of_one_and_no_infinite_strength() -> None:
    wins = np.zeros((1, 3, 3))
    wins[0, 0, 1], wins[0, 0, 2], wins[0, 1, 2], wins[0, 2, 1] = 9, 9, 5, 4
    found = without_ties(wins)
    assert np.isfinite(found.logs).all()
    assert found.mean_shares()[0] == pytest.approx([1.0, 0.5 * 5 / 9, 0.5 * 4 / 9], abs=1e-6)


def test_sets_are_fitted_as_each_alone() -> None:
    both = [random_counts(seed, 5) for seed in (1, 2)]
    together = bradley_terry(*(np.concatenate(each) for each in zip(*both, strict=True)))
    for place, (wins, ties) in enumerate(both):
        assert together.logs[place] == pytest.approx(bradley_terry(wins, ties).logs[0], abs=1e-9)


def test_linked_are_those_with_a_chain_of_comparisons() -> None:
    counts = np.zeros((5, 5))
    for i, j in ((0, 1), (1, 2), (3, 4)):
        counts[i, j] = counts[j, i] = 1
    assert linked(counts, 0).tolist() == [0, 1, 2]
    assert linked(counts, 4).tolist() == [3, 4]

"""Samples whose target is probably wrong: Subjects, the strong ones above all, agree on another answer.

Each sample either has the right target, or the answer that most Subjects gave in place of it is the right
one. In both cases a Subject gives the right answer by a Rasch model: log-odds are its ability, by class of
the right answer, less the difficulty of the sample, which is normal over samples. Wrong answers to a sample
meet with a chance of its own, from a beta distribution over samples. The share of wrong targets and all
of these are fitted together by the EM algorithm, with a weak prior for the share.

Difficulty and the chance to meet are what natural errors look like: where Subjects are often wrong together,
an answer against the target is not evidence. Nothing is named where too few Subjects answered, or where a fit
without wrong targets is not shown to be worse.

Sources: the marginal fit is Bock and Aitkin 1981 (Psychometrika 46:443), raters with a latent truth
Dawid and Skene 1979 (Applied Statistics 28:20), wrong targets of benchmarks Northcutt, Athalye and Mueller
2021 (arXiv:2103.14749), who find 3.3 % on average.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Self

import numpy as np

from evalkit.core.frozen import frozen
from evalkit.items.votes import Bools, Codes, Floats, Votes

#: Probability from which a target is named: a planted share is then named with a precision of 0.8 or more.
NAMED = 0.9
#: Subjects that it takes, those of one model counted as in ``effective_subjects``.
LEAST_SUBJECTS = 4.0
#: Samples that it takes to tell a Subject's ability.
LEAST_SAMPLES = 30
#: How alike two Subjects of one model are taken to be.
_LIKENESS = 0.5
#: A beta distribution with a mean of 3 % that weighs as much as 31 samples: its mode is ``(a - 1) / ...``.
_PRIOR = (1.5, 30.0)
#: More would say that targets and Subjects mean different things.
MOST_WRONG = 0.2
#: Rounds of EM at most, and the gain in log-likelihood from which they go on.
_ROUNDS, _ENOUGH = 300, 1e-4
#: Twice the gain in log-likelihood at which it is shown, at 5 %, that any target is wrong: a share of 0 is at
#: the edge of what can be, so that half of the gains are 0 and the others chi-squared (Self and Liang 1987,
#: J. Am. Stat. Assoc. 82:605).
_SHOWN = 2.71
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
_LOG_WEIGHTS = np.log(_WEIGHTS / _WEIGHTS.sum())
#: Grid of beta distributions: their means, and the sums of their two parameters.
_MEANS = (0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.96, 0.999)
_SIZES = (0.5, 1.0, 2.0, 5.0, 20.0, 100.0)
_FIRST = 6 * len(_SIZES) + 2


@frozen(slots=True)
class Suspicions:
    """What the fit says.

    Attributes:
        probabilities: (n,) that the target is wrong and the rival right; 0 where there is no rival.
        share: of wrong targets in the task; 0 where it is not shown that there are any.
    """

    probabilities: Floats
    share: float


def effective_subjects(models: Sequence[str]) -> Floats:
    """(k,) what each Subject counts, 1 for one that is alone with its model.

    g Subjects of one model count together ``g / (1 + (g - 1) / 2)``, below 2: another prompt of a model
    makes much the same errors.
    """
    counts = Counter(models)
    return np.array([1 / (1 + (counts[model] - 1) * _LIKENESS) for model in models])


def suspicions(votes: Votes, weights: Floats) -> Suspicions:
    """The fit to n samples and k Subjects that count ``weights``, as ``effective_subjects`` has them."""
    patterns = _Patterns.of(votes)
    model, without = (_fitted(_Fit(patterns, weights, share)) for share in (0.02, 0.0))
    if 2 * (model.log_likelihood - without.log_likelihood) < _SHOWN:
        return Suspicions(np.zeros(len(votes.right)), 0.0)
    return Suspicions(model.wrong[patterns.places], model.share)


def _fitted(model: _Fit) -> _Fit:
    before = -np.inf
    for _ in range(_ROUNDS):
        model.step()
        if abs(model.log_likelihood - before) < _ENOUGH:
            break
        before = model.log_likelihood
    return model


@frozen(slots=True)
class _Patterns:
    """Samples with equal votes are one row, and count as many as they are."""

    given: Bools
    right: Bools
    rival: Bools
    classes: Codes
    counts: Codes
    places: Codes

    @classmethod
    def of(cls, votes: Votes) -> Self:
        columns = (votes.given, votes.right, votes.rival, votes.classes.T)
        rows, places, counts = np.unique(
            np.hstack(columns).astype(np.int64), axis=0, return_inverse=True, return_counts=True
        )
        k = votes.given.shape[1]
        given, right, rival = (rows[:, at * k : (at + 1) * k] > 0 for at in range(3))
        return cls(given, right, rival, rows[:, 3 * k :].T, counts, places.reshape(-1))


class _Fit:
    """The parameters, and what each sample is taken for; ``step`` is one round of EM.

    Attributes:
        log_likelihood: before the last step.
    """

    def __init__(self, votes: _Patterns, weights: Floats, share: float) -> None:
        self._counts = votes.counts
        self._sides = [votes.right * weights, votes.rival * weights]
        self._given = votes.given * weights
        self._classes = votes.classes
        self._has_rival = votes.rival.any(axis=1)
        n_right, n_rival, n_given = (each.sum(axis=1) for each in (votes.right, votes.rival, votes.given))
        # The rival is whatever the first wrong answer was; the others meet it or not.
        self._met = np.maximum(n_rival - 1, 0), np.maximum(n_given - n_right - 1, 0)
        self._met_target = n_right, n_given - n_rival
        self._abilities = self._first_abilities(votes)
        self._spread = 1.0
        self._tables = meeting_tables(votes.given.shape[1])
        self._table = self._tables[_FIRST]
        self.share = share
        self.log_likelihood = -np.inf
        self.wrong = np.zeros(len(votes.right))

    def _first_abilities(self, votes: _Patterns) -> Floats:
        share = (self._counts @ votes.right + 0.5) / (self._counts @ votes.given + 1)
        return np.tile(np.log(share / (1 - share)), (int(self._classes.max()) + 1, 1))

    def step(self) -> None:
        """Expect, then maximise."""
        right, rival = (self._likelihoods(side) for side in (0, 1))
        log_right = np.log1p(-self.share) + _log_sum(right) + self._table[self._met]
        log_wrong = np.full(len(log_right), -np.inf)
        if self.share:
            of_wrong = np.log(self.share) + self._table[self._met_target]
            log_wrong = np.where(self._has_rival, of_wrong + _log_sum(rival), -np.inf)
        total = np.logaddexp(log_right, log_wrong)
        self.log_likelihood = float(self._counts @ total)
        self.wrong = np.exp(log_wrong - total)
        if self.share:
            a, b = _PRIOR
            self.share = float((self._counts @ self.wrong + a - 1) / (self._counts.sum() + a + b - 2))
        masses = self._counts * (1 - self.wrong), self._counts * self.wrong
        self._fit_abilities(_normalised(right, masses[0]), _normalised(rival, masses[1]))
        self._table = self._tables[np.argmax(self._tables[:, *self._met] @ masses[0])]

    def _likelihoods(self, side: int) -> Floats:
        """(n, nodes) log-likelihood of the votes at each difficulty."""
        found = np.empty((len(self._given), len(_NODES)))
        for place, abilities in enumerate(self._abilities):
            rows = self._classes[side] == place
            logits = abilities - self._spread * _NODES[:, np.newaxis]
            log_not = -np.logaddexp(0, logits)
            votes = self._sides[side][rows]
            found[rows] = votes @ logits.T + self._given[rows] @ log_not.T + _LOG_WEIGHTS
        return found

    def _fit_abilities(self, right: Floats, rival: Floats) -> None:
        """One Newton step for each ability, and one for the spread of difficulties."""
        slope = curve = 0.0
        for place, abilities in enumerate(self._abilities):
            logits = abilities - self._spread * _NODES[:, np.newaxis]
            chance = 1 / (1 + np.exp(-logits))
            asked, solved = np.zeros_like(chance), np.zeros_like(chance)
            for side, masses in ((0, right), (1, rival)):
                rows = self._classes[side] == place
                asked += masses[rows].T @ self._given[rows]
                solved += masses[rows].T @ self._sides[side][rows]
            gradient, information = solved - asked * chance, asked * chance * (1 - chance)
            self._abilities[place] += np.clip(
                (gradient.sum(axis=0) - 0.05 * abilities) / (information.sum(axis=0) + 0.05), -1, 1
            )
            slope -= float((_NODES @ gradient).sum())
            curve += float((np.square(_NODES) @ information).sum())
        self._spread = float(np.clip(self._spread + np.clip(slope / (curve + 1e-9), -0.5, 0.5), 0.1, 6))


def _log_sum(logs: Floats) -> Floats:
    found: Floats = np.logaddexp.reduce(logs, axis=1)
    return found


def _normalised(logs: Floats, totals: Floats) -> Floats:
    found: Floats = np.exp(logs - _log_sum(logs)[:, np.newaxis]) * totals[:, np.newaxis]
    return found


def meeting_tables(k: int) -> Floats:
    """(grid, k + 1, k + 1) log-probability, at each point of the grid, that one choice of m out of n wrong
    answers meet, at [m, n]: the chance to meet is beta distributed. All orders count apart."""
    sizes = [(mean * size, (1 - mean) * size) for mean in _MEANS for size in _SIZES]
    return np.array([_beta_binomial(k, a, b) for a, b in sizes])


def _beta_binomial(k: int, a: float, b: float) -> Floats:
    rises = [np.concatenate(([0.0], np.cumsum(np.log(start + np.arange(k))))) for start in (a, b, a + b)]
    met, n = np.arange(k + 1)[:, np.newaxis], np.arange(k + 1)[np.newaxis, :]
    found: Floats = rises[0][met] + rises[1][np.maximum(n - met, 0)] - rises[2][n]
    return found

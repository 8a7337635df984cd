"""Samples whose target is probably wrong: Subjects, the strong ones above all, agree on another answer.

Each sample either has the right target, or the answer that most Subjects gave in place of it is the right
one. In both cases a Subject gives the right answer by a Rasch model: log-odds are its ability, by class of
the right answer, less the difficulty of the sample, which is normal over samples. Wrong answers to a sample
meet with a chance of its own, from a beta distribution over samples. The share of wrong targets and all
of these are fitted together by the EM algorithm, with a weak prior for the share.

Difficulty and the chance to meet are what natural errors look like: where Subjects are often wrong together,
an answer against the target is no evidence. Nothing is named where too few Subjects answered, or where a fit
without wrong targets is not shown to be worse.

Sources: the marginal fit is Bock and Aitkin 1981 (Psychometrika 46:443), raters with a latent truth
Dawid and Skene 1979 (Applied Statistics 28:20), wrong targets of benchmarks Northcutt, Athalye and Mueller
2021 (arXiv:2103.14749), who find 3.3 % on average.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import lgamma

import numpy as np

from evalkit.core.frozen import frozen
from evalkit.items.votes import Codes, Floats, Votes

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
#: Twice the gain in log-likelihood at which it is shown, at 1 %, that any target is wrong: a share of 0 is at
#: the edge of what can be, so that half of the gains are 0 and the others chi-squared (Self and Liang 1987,
#: J. Am. Stat. Assoc. 82:605).
_SHOWN = 5.41
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
_LOG_WEIGHTS = np.log(_WEIGHTS / _WEIGHTS.sum())
_MEANS = np.array([0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.96, 0.999])
_SIZES = np.array([0.5, 1.0, 2.0, 5.0, 20.0, 100.0])


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
    model, without = _fitted(_Fit(votes, weights)), _fitted(_Fit(votes, weights, is_all_right=True))
    if 2 * (model.log_likelihood - without.log_likelihood) < _SHOWN:
        return Suspicions(np.zeros(len(votes.right)), 0.0)
    return Suspicions(model.wrong, model.share)


def _fitted(model: _Fit) -> _Fit:
    before = -np.inf
    for _ in range(_ROUNDS):
        model.step()
        if abs(model.log_likelihood - before) < _ENOUGH:
            break
        before = model.log_likelihood
    return model


class _Fit:
    """The parameters, and what each sample is taken for; ``step`` is one round of EM.

    Attributes:
        log_likelihood: before the last step.
    """

    def __init__(self, votes: Votes, weights: Floats, *, is_all_right: bool = False) -> None:
        self._sides = [(votes.right & votes.given) * weights, (votes.rival & votes.given) * weights]
        self._given = votes.given * weights
        self._classes = votes.classes
        self._has_rival = votes.rival.any(axis=1)
        n_right, n_rival, n_given = (each.sum(axis=1) for each in (votes.right, votes.rival, votes.given))
        # The rival is whatever the first wrong answer was; the others meet it or not.
        self._met = np.maximum(n_rival - 1, 0), np.maximum(n_given - n_right - 1, 0)
        self._met_target = n_right, n_given - n_rival
        self._abilities = self._first_abilities(votes)
        self._spread = 1.0
        self._meeting = (0.3, 2.0)
        self.share = 0.0 if is_all_right else 0.02
        self.log_likelihood = -np.inf
        self.wrong = np.zeros(len(votes.right))

    def _first_abilities(self, votes: Votes) -> Floats:
        share = (votes.right.sum(axis=0) + 0.5) / (votes.given.sum(axis=0) + 1)
        return np.tile(np.log(share / (1 - share)), (int(self._classes.max()) + 1, 1))

    def step(self) -> None:
        """Expect, then maximise."""
        right, rival = (self._likelihoods(side) for side in (0, 1))
        log_right = np.log1p(-self.share) + _log_sum(right) + beta_binomial(*self._met, *self._meeting)
        log_wrong = np.full(len(log_right), -np.inf)
        if self.share:
            of_wrong = np.log(self.share) + beta_binomial(*self._met_target, *self._meeting)
            log_wrong = np.where(self._has_rival, of_wrong + _log_sum(rival), -np.inf)
        total = np.logaddexp(log_right, log_wrong)
        self.log_likelihood = float(total.sum())
        self.wrong = np.exp(log_wrong - total)
        if self.share:
            a, b = _PRIOR
            self.share = float((self.wrong.sum() + a - 1) / (len(self.wrong) + a + b - 2))
        self._fit_abilities(_normalised(right, 1 - self.wrong), _normalised(rival, self.wrong))
        self._meeting = _fitted_meeting(*self._met, 1 - self.wrong)

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


def beta_binomial(n_met: Codes, n: Codes, mean: float, size: float) -> Floats:
    """(rows,) log-probability of one choice of ``n_met`` out of ``n`` that meet; the chance to meet is beta
    distributed with this mean, and ``size`` the sum of its two parameters. All orders count apart."""
    a, b = mean * size, (1 - mean) * size
    base = _log_beta(a, b)
    table = np.array(
        [
            [_log_beta(a + met, b + out - met) - base if met <= out else 0.0 for met in range(n.max() + 1)]
            for out in range(n.max() + 1)
        ]
    )
    found: Floats = table[n, n_met]
    return found


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _fitted_meeting(n_met: Codes, n: Codes, weights: Floats) -> tuple[float, float]:
    """The mean and size, of a grid, that make the answers likeliest."""
    grid = [(float(mean), float(size)) for mean in _MEANS for size in _SIZES]
    # Samples with the same counts share a term.
    width = int(n.max()) + 1
    counts = np.bincount(n * width + n_met, weights, minlength=width * width)
    kinds = np.flatnonzero(counts)
    likelihoods = [float(counts[kinds] @ beta_binomial(kinds % width, kinds // width, *at)) for at in grid]
    return grid[int(np.argmax(likelihoods))]

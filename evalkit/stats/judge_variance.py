"""How much judges vary by themselves: asked the same of the same answer, and they say another thing.

Each round of a judge is taken for an independent draw from a distribution that the answer has, with a
variance of its own: the random part of a two-stage nested design, rounds within answers within samples
(Searle, Casella and McCulloch, Variance Components, 1992, ch. 3 and 5). A value that is the mean of k rounds
has the variance sigma^2 / k of them, whatever else varies. A judge that always says the same, and is wrong,
has none: noise is not bias.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.stats.bootstrap import Codes, Floats


@dataclass(frozen=True, slots=True)
class Rounds:
    """What the rounds say of n answers.

    Attributes:
        samples: (n,) the sample of each answer as a code 0 .. m - 1.
        n_used: (n,) rounds that the answer's value is the mean of, >= 1.
        n_known: (n,) rounds that there are, those that were asked later among them, >= 1.
        squares: (n,) the sum of squares of these rounds around their mean.
    """

    samples: Codes
    n_used: Floats
    n_known: Floats
    squares: Floats

    @property
    def n_judged_again(self) -> int:
        """Answers with two rounds or more."""
        return int(np.count_nonzero(self.n_known > 1))

    @property
    def within(self) -> float | None:
        """The variance of one round around its answer's mean, pooled over answers; None where none has
        two."""
        n_free = float((self.n_known - 1).sum())
        return float(self.squares.sum()) / n_free if n_free > 0 else None


def judge_variance_of_mean(rounds: Rounds, within: float | None = None) -> float | None:
    """What the judges' own variation adds to the variance of the mean of sample means: unbiased.

    That mean is over m samples, each the mean of its K answers, each the mean of ``n_used`` rounds, so that
    the judges add sum over answers of sigma^2 / n_used / K^2 / m^2. Each sigma^2 is the variance that the
    answer's own rounds show, s^2 over n_known - 1, which is unbiased; of an answer with one round it is the
    pooled one.

    Args:
        within: the variance of a round where no answer has two: that of the other side, which the same judge
            judged.

    Returns None where nobody knows.
    """
    pooled = rounds.within if rounds.within is not None else within
    if pooled is None:
        return None
    own = np.where(rounds.n_known > 1, rounds.squares / np.maximum(rounds.n_known - 1, 1), pooled)
    answers = np.bincount(rounds.samples)
    of_answers = own / rounds.n_used / answers[rounds.samples] ** 2
    return float(of_answers.sum()) / len(answers) ** 2

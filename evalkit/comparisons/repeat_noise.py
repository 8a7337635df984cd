"""How much of a difference's variance is the samples' own: their answers vary from one time to the next.

The mean of a sample's repeats has variance b + w / k: b over samples stays, w over its k answers
shrinks as it is asked again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evalkit.comparisons.pairing import sample_codes
from evalkit.metrics.metric import Table
from evalkit.stats.own_variance import own_variance_of_mean


@dataclass(frozen=True, slots=True)
class RepeatNoise:
    """One side of a comparison that can be asked again.

    Attributes:
        variance: of the answers to one sample around that sample's own mean, averaged over all samples; None
            where no sample was answered twice.
        n_repeats: answers to a sample, the harmonic mean over samples.
    """

    variance: float | None
    n_repeats: float

    def after(self, n_rounds: int) -> RepeatNoise:
        """The same noise, once so many further answers came."""
        return replace(self, n_repeats=self.n_repeats + n_rounds)

    def share_left(self, n_rounds: int) -> float:
        """What is left of the variance that this side adds, after so many further answers each."""
        return self.n_repeats / (self.n_repeats + n_rounds)


def repeat_noise(table: Table) -> RepeatNoise:
    """From the repeats of one evaluation."""
    samples = sample_codes(table.sample_ids)
    n_answers = np.bincount(samples)
    n_repeats = float(len(n_answers) / np.sum(1 / n_answers))
    of_mean = own_variance_of_mean(table.rows[:, 0], samples)
    return RepeatNoise(None if of_mean is None else of_mean * len(n_answers) * n_repeats, n_repeats)


def own_share(sd: float, sides: Sequence[RepeatNoise]) -> float | None:
    """The share, 0..1, of the variance ``sd``² of the samples' differences that the sides' own noise makes;
    None where a side's is unknown."""
    known = [side.variance / side.n_repeats for side in sides if side.variance is not None]
    if len(known) < len(sides) or not sd > 0:
        return None
    return min(1.0, sum(known) / sd**2)


def predicted_sd(sd: float, sides: Sequence[RepeatNoise], n_rounds: int) -> float:
    """The standard deviation of the samples' differences after ``n_rounds`` further answers to each on all
    ``sides``. Where a side's own noise is unknown, the best case: all variance is own noise."""
    share = own_share(sd, sides)
    if share is None:
        left = max(side.share_left(n_rounds) for side in sides)
        return float(sd * np.sqrt(left))
    now = [(side.variance or 0.0) / side.n_repeats for side in sides]
    after = [part * side.share_left(n_rounds) for part, side in zip(now, sides, strict=True)]
    left = sum(after) / sum(now) if sum(now) > 0 else 1.0
    return float(sd * np.sqrt(1 - share * (1 - left)))


def sd_before(sd: float, sides: Sequence[RepeatNoise], n_rounds: Sequence[int]) -> float:
    """The standard deviation of the samples' differences before ``n_rounds`` further answers to each of
    ``sides`` made it ``sd``. The sides are as of before, with all that is known of their own noise by now."""
    taken = (
        (side.variance or 0.0) / side.n_repeats * (1 - side.share_left(n))
        for side, n in zip(sides, n_rounds, strict=True)
    )
    return float(np.sqrt(sd**2 + sum(taken)))

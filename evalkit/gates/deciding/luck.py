"""Whether a baseline was lucky: better than its own subject mostly is, so that candidates fail for nothing.

The answers to a sample, the baseline's and those of earlier runs with nothing changed, could have come in
any order. So the baseline's are drawn from all of them without replacement, and their sum over samples has a
known mean and variance. Runs after the baseline say nothing of its luck: where they are worse, the model may
be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Protocol

from evalkit.comparisons.wording import about, number
from evalkit.stats.normal import normal_tail

#: Samples that vary: with fewer of them a sum is not near enough to a normal one.
MIN_VARYING = 8
#: How rare the luck is that is worth a sentence.
RARE = 0.05


class Answers(Protocol):
    """What all answers to a sample got, the baseline's among them."""

    @property
    def n(self) -> int: ...

    @property
    def mean(self) -> float: ...

    @property
    def squares(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Luck:
    """A mean that is higher than it mostly is.

    Attributes:
        value, usual: the baseline's mean over the samples that were answered before, and that of all answers.
        p_value: of so high a mean, if nothing but chance told the runs apart.
        n_runs: runs that the answers come from, the baseline among them.
    """

    value: float
    usual: float
    p_value: float
    n_runs: int

    @property
    def sentence(self) -> str:
        """``The baseline was lucky: …``; empty where it was not."""
        if self.p_value > RARE:
            return ""
        rarity = about(round(1 / max(self.p_value, 1e-9)))
        return (
            f"The baseline was lucky: {number(self.value)}, where it has {number(self.usual)} over "
            f"{self.n_runs:,} runs; chance alone does so 1 time in {rarity}. Re-run it, or pool runs "
            "(evalkit baseline set NAME RUN RUN)."
        )


def luck_of(
    baseline: Mapping[str, tuple[float, int]], answers: Mapping[str, Answers], n_runs: int, *, sign: float
) -> Luck | None:
    """None where too few samples vary to tell.

    Args:
        baseline: sample id to the mean of the baseline's answers, and how many these are.
        answers: sample id to all answers, at least as many.
        sign: 1 where larger is better, else -1.
    """
    known = [(*baseline[i], all_) for i, all_ in answers.items() if i in baseline and all_.n > baseline[i][1]]
    variances = [_variance(n, all_) for _, n, all_ in known]
    if sum(variance > 0 for variance in variances) < MIN_VARYING:
        return None
    value, usual = (
        sum(values) / len(known) for values in zip(*((m, a.mean) for m, _, a in known), strict=True)
    )
    z = sign * (value - usual) * len(known) / sqrt(sum(variances))
    return Luck(value, usual, normal_tail(z), n_runs)


def _variance(n: int, answers: Answers) -> float:
    """Of the mean of ``n`` answers drawn without replacement: that of one over n, times (N - n) / (N - 1)
    (Cochran 1977, Sampling Techniques, theorem 2.2)."""
    return answers.squares / answers.n / n * (answers.n - n) / (answers.n - 1)

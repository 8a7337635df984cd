"""A Metric's number with its interval, and the difference of two."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """One Metric over one evaluation.

    Attributes:
        metric: the label (``accuracy``).
        value: the number, or None when ``error`` says why there is none.
        low, high: ends of the 95 % interval, None for exact totals (tokens, cost).
        n: responses that the value was computed from (failed ones are not among them).
        n_failed: responses left out because the call or the scorer failed.
        signature: everything that changes the number (scorer, parameters, version); unlike signatures
            are never compared.
        is_higher_better: the direction.
        kind: the Metric's kind; a ``quantile`` or ``total`` (latency, tokens, cost) describes the responses
            that came, however many failed.
        first_failure: error text of the first response left out, None when none was.
        is_undefined: whether ``error`` is no fault: the metric was computed, and these data give it no value.
        n_groups: groups that the samples of these responses make up, where they share any (a sample without
            one counts as a group); None where the interval is over samples.
    """

    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    signature: str
    is_higher_better: bool = True
    n_failed: int = 0
    error: str | None = None
    kind: str = ""
    first_failure: str | None = None
    n_groups: int | None = None
    is_undefined: bool = False


@dataclass(frozen=True, slots=True)
class OwnNoise:
    """How much of a difference is samples that vary by themselves, asked again with nothing changed.

    Attributes:
        source: ``repeats`` of both sides, or ``history``: earlier answers of the baseline's subject.
        variance_share: the part of the variance of the difference that is their own, 0..1; by history, of
            the samples that changed.
        rerun_sd: standard deviation by which the difference moves when every sample is asked again, as often
            as before; in units of the metric.
        n_known: paired samples whose own variance is known.
        expected_changes: of those, how many are expected to have changed by themselves; None where answers
            are not simply right or wrong.
    """

    source: str
    variance_share: float
    rerun_sd: float
    n_known: int
    expected_changes: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Candidate against baseline in one Metric, paired on sample ids.

    The sign of ``difference``, ``low`` and ``high`` is turned so that larger is better.

    Attributes:
        baseline, candidate: the two values over the paired samples.
        difference: candidate - baseline, sign turned for metrics where lower is better.
        low, high: ends of the 1 - alpha interval of the difference.
        p_value: of the two-sided paired test of no difference.
        alpha: the false-alarm rate this comparison was held to (after sharing over the session).
        n: paired samples.
        n_wins, n_losses, n_ties: samples where the candidate scored higher, lower, the same.
        visible_drop: the smallest drop that this n could have seen with 80 % power.
        n_to_decide: paired samples that would decide an undecided gate at the observed spread, or None.
        method: test and interval by name, for the reader.
        n_unpaired: samples of either side that failed, or stand on one side only, and were left out.
        own_noise: how much of the difference is answers that vary by themselves, None where unknown.
        n_groups: groups that the paired samples make up, where test and interval are over groups (a sample
            without one counts as a group); None where they are over samples.
    """

    metric: str
    baseline: float
    candidate: float
    difference: float
    low: float
    high: float
    p_value: float
    alpha: float
    n: int
    n_wins: int
    n_losses: int
    n_ties: int
    visible_drop: float | None = None
    n_to_decide: int | None = None
    method: str = ""
    n_unpaired: int = 0
    own_noise: OwnNoise | None = None
    n_groups: int | None = None

    @property
    def is_paired(self) -> bool:
        """False where the numbers were reported without samples, so that no sample won or lost."""
        return self.n_wins + self.n_losses + self.n_ties > 0

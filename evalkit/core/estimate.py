"""A Metric's number with its interval, and the difference of two."""

from __future__ import annotations

from evalkit.core.frozen import frozen


@frozen(slots=True)
class Estimate:
    """One Metric over one evaluation.

    Attributes:
        metric: the label (``accuracy``).
        value: the number, or None if ``error`` says why there is none.
        low, high: ends of the 95 % interval, None for exact totals (tokens, cost).
        n: responses that the value was computed from, without failed ones.
        n_failed: responses left out because the call or the scorer failed.
        signature: everything that changes the number (scorer, parameters, version); numbers with different
            signatures are never compared.
        is_higher_better: whether larger values are better.
        kind: the Metric's kind; a ``quantile`` or ``total`` (latency, tokens, cost) describes the responses
            that arrived, however many failed.
        first_failure: error text of the first response left out, None if none was.
        is_undefined: whether ``error`` is not a fault: the metric was computed, but has no value on these
            data.
        n_groups: number of groups among the samples of these responses (a sample without a group counts as
            one); None if the interval is over samples.
        worst, best: the value if all responses left out were as bad, or as good, as possible; None if none
            was left out, if there is no such bound, and in results of older versions of evalkit.
        n_cut: how many of the ``n`` responses were cut at ``max_tokens``.
        without_cut: the value over the others; None if none was cut, or if the others give no value.
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
    worst: float | None = None
    best: float | None = None
    n_cut: int = 0
    without_cut: float | None = None


@frozen(slots=True)
class WithinSampleNoise:
    """How much of a difference comes from answers that vary when a sample is asked again unchanged.

    Attributes:
        source: ``repeats`` of both sides, or ``history``: earlier answers of the baseline's subject.
        variance_share: the share of the difference's variance that this explains, 0..1; by history, for the
            samples that changed.
        rerun_sd: standard deviation of the difference when every sample is asked again, as often as before;
            in units of the metric.
        n_known: paired samples whose own variance is known.
        expected_changes: how many of those are expected to have changed by themselves; None if answers are
            not simply right or wrong.
    """

    source: str
    variance_share: float
    rerun_sd: float
    n_known: int
    expected_changes: float | None = None


@frozen(slots=True)
class JudgeNoise:
    """How much of a difference comes from judges whose verdicts vary when they are asked the same again.

    Attributes:
        variance_share: the share of the difference's variance that this explains, 0..1.
        rejudge_sd: standard deviation of the difference when the same answers are judged again, as often as
            before; in units of the metric.
        n_known: answers of both sides that were judged twice or more.
    """

    variance_share: float
    rejudge_sd: float
    n_known: int


@frozen(slots=True)
class LabelPlan:
    """What would decide a gate: this many more labels, this many more samples, or both together.

    Attributes:
        n_labels, n_samples: how many to add; None if no number of them is enough alone.
        is_both: whether both must be added, because neither is enough alone.
        labels_usd, samples_usd: what they cost; None where unknown.
    """

    n_labels: int | None
    n_samples: int | None
    is_both: bool = False
    labels_usd: float | None = None
    samples_usd: float | None = None


@frozen(slots=True)
class LabelCorrection:
    """How labels from people corrected a judge's number.

    Attributes:
        raw: the judge's own number; for a difference, with the same turned sign.
        n_labels: samples with a label (for a difference, on both sides) that were drawn at random.
        n_settled: samples whose value is known without a draw: they were picked for review, or both sides
            gave the same answer, so their difference is 0.
        n_judged: samples that the judge judged.
        power: lambda, the weight of the judge's verdicts: 0 uses the labels alone.
        labels_alone: labels that would give the same standard error without a judge.
        width_share: width of the interval divided by the width from the same labels alone, >= 0.
        label_usd, sample_usd: cost of one more, both sides together; None where unknown.
        plan: what would decide an open gate.
    """

    raw: float
    n_labels: int
    n_settled: int
    n_judged: int
    power: float
    labels_alone: int
    width_share: float
    label_usd: float | None = None
    sample_usd: float | None = None
    plan: LabelPlan | None = None


@frozen(slots=True)
class Comparison:
    """Candidate against baseline in one Metric, paired on sample ids.

    The sign of ``difference``, ``low`` and ``high`` is turned so that larger is better. Whether the candidate
    got worse is a question in one direction: its test is one-sided at ``alpha``, and its interval has the
    level 1 - 2 alpha, so that each end holds at 1 - alpha.

    Attributes:
        baseline, candidate: the two values over the paired samples.
        difference: candidate - baseline, sign turned for metrics where lower is better.
        low, high: ends of the interval of the difference, at ``confidence``.
        p_value: of the paired test of the candidate being no worse; if the test is two-sided, of no
            difference. Not adjusted; the p-value of a verdict is.
        alpha: the false-alarm rate this comparison was held to (after sharing over the session).
        n: paired samples.
        n_wins, n_losses, n_ties: samples where the candidate scored higher, lower, the same.
        visible_drop: the smallest drop that this n could have detected with 80 % power.
        n_planned: paired samples with which an unchanged candidate passes the gate in 80 % of cases, at the
            observed spread; None if no number is enough, or if no gate asks.
        method: names of test and interval, for the reader.
        n_unpaired: samples that were left out because they failed or exist on one side only.
        within_sample_noise: how much of the difference comes from answers that vary by themselves; None if
            unknown.
        n_groups: number of groups among the paired samples (a sample without a group counts as one), if test
            and interval are over groups; None if they are over samples.
        is_one_sided: whether test and interval are one-sided; without a gate, a comparison is two-sided.
        is_better, is_worse: whether the candidate is shown to be better or worse. Both follow the same rule:
            the test says so at the level of this direction (after sharing), and so does the interval.
        worst, best: ``difference`` over all samples asked, if the failed ones were as bad for the candidate,
            or as good, as possible; None if nothing failed, or if there is no such bound.
        p_two_sided: of no difference, over all looks at it; families of differences are adjusted from it.
        pooled_with: the runs whose answers are pooled with those of the baseline's run, the latest first.
        judge_noise: how much of the difference comes from judges that vary by themselves; None if nothing was
            judged twice.
        correction: how labels from people corrected it; None if only the scores were used.
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
    n_planned: int | None = None
    method: str = ""
    n_unpaired: int = 0
    within_sample_noise: WithinSampleNoise | None = None
    n_groups: int | None = None
    is_one_sided: bool = False
    is_better: bool = False
    is_worse: bool = False
    p_two_sided: float | None = None
    worst: float | None = None
    best: float | None = None
    pooled_with: tuple[str, ...] = ()
    judge_noise: JudgeNoise | None = None
    correction: LabelCorrection | None = None

    @property
    def confidence(self) -> float:
        """Level of the interval, 0..1: 0.9 for a one-sided test with alpha 0.05."""
        return 1.0 - (2.0 if self.is_one_sided else 1.0) * self.alpha

    @property
    def is_paired(self) -> bool:
        """False if the numbers were reported without samples, so that no sample won or lost."""
        return self.n_wins + self.n_losses + self.n_ties > 0

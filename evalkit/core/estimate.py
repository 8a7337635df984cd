"""A Metric's number with its interval, and the difference of two."""

from __future__ import annotations

from evalkit.core.frozen import frozen


@frozen(slots=True)
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
        worst, best: the value if all responses left out were as bad, or as good, as can be; None where none
            was left out, where that has no bounds, and in results of older evalkits, which did not keep it.
        n_cut: of the ``n`` responses, those that were cut at ``max_tokens``.
        without_cut: the value over the others; None where none was cut, and where the others give none.
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


@frozen(slots=True)
class JudgeNoise:
    """How much of a difference is judges that say another thing when they are asked the same again.

    Attributes:
        variance_share: the part of the variance of the difference that is the judges', 0..1.
        rejudge_sd: standard deviation by which the difference moves when the same answers are judged again,
            as often as before; in units of the metric.
        n_known: answers of both sides that were judged twice or more.
    """

    variance_share: float
    rejudge_sd: float
    n_known: int


@frozen(slots=True)
class LabelPlan:
    """What would decide a gate: so many labels more, or so many samples more, or both together.

    Attributes:
        n_labels, n_samples: more than there are; None where no number of them does it alone.
        is_both: they are to be added together, as neither does it alone.
        labels_usd, samples_usd: what they cost; None where unknown.
    """

    n_labels: int | None
    n_samples: int | None
    is_both: bool = False
    labels_usd: float | None = None
    samples_usd: float | None = None


@frozen(slots=True)
class LabelCorrection:
    """What labels by people made of a number that is a judge's.

    Attributes:
        raw: the judge's own number, of a difference with its sign turned as the difference's.
        n_labels: samples with a label, of a difference on both sides, that were drawn at random.
        n_settled: samples whose value is known without a draw: they were picked for review, or both sides
            gave the same answer, so that their difference is 0.
        n_judged: samples that the judge judged.
        power: lambda, how far the judge's word is taken: 0 is the labels alone.
        labels_alone: labels that would give the same standard error without a judge.
        width_share: width of the interval as a part, 0.., of the one by the same labels alone.
        label_usd, sample_usd: what one more costs, both sides of it; None where unknown.
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
    got worse is a question in one direction: its test is one-sided at ``alpha``, and the interval that goes
    with it is the 1 - 2 alpha one, either end of which holds at 1 - alpha.

    Attributes:
        baseline, candidate: the two values over the paired samples.
        difference: candidate - baseline, sign turned for metrics where lower is better.
        low, high: ends of the interval of the difference, at ``confidence``.
        p_value: of the paired test, of the candidate being no worse; where it is not one-sided, of no
            difference. Not adjusted: a verdict's own p-value is.
        alpha: the false-alarm rate this comparison was held to (after sharing over the session).
        n: paired samples.
        n_wins, n_losses, n_ties: samples where the candidate scored higher, lower, the same.
        visible_drop: the smallest drop that this n could have seen with 80 % power.
        n_planned: paired samples on which an unchanged candidate passes the gate in 80 %, at the observed
            spread; None where none do, and where no gate asks.
        method: test and interval by name, for the reader.
        n_unpaired: samples of either side that failed, or stand on one side only, and were left out.
        within_sample_noise: how much of the difference is answers that vary by themselves; None if unknown.
        n_groups: groups that the paired samples make up, where test and interval are over groups (a sample
            without one counts as a group); None where they are over samples.
        is_one_sided: whether test and interval are; a comparison that no gate asked for is two-sided.
        is_better, is_worse: whether the candidate is shown to be, both by the same rule: the test says so at
            the level that this direction is held to (after sharing), and so does the interval.
        worst, best: ``difference`` over all samples asked, if what failed were as bad for the candidate, or
            as good, as can be; None where nothing failed, and where that has no bounds.
        p_two_sided: of no difference, over all looks at it; what a family of differences is adjusted from.
        pooled_with: the runs whose answers are pooled with those of the baseline's run, the latest first.
        judge_noise: how much of the difference is judges that vary by themselves; None where nothing was
            judged twice.
        correction: what labels by people made of it; None where the number is the scores' alone.
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
        """Of the interval, 0..1: 0.9 where a one-sided test has alpha 0.05."""
        return 1.0 - (2.0 if self.is_one_sided else 1.0) * self.alpha

    @property
    def is_paired(self) -> bool:
        """False where the numbers were reported without samples, so that no sample won or lost."""
        return self.n_wins + self.n_losses + self.n_ties > 0

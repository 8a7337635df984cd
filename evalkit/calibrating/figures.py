"""All figures of one calibration, from labels and opinions."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.calibrating.agreeing import Agreement, Ratings, agreement_of
from evalkit.calibrating.attacks import Attack
from evalkit.calibrating.biases import Case, biases_of
from evalkit.calibrating.consistency import consistency_of
from evalkit.calibrating.estimating import Effect
from evalkit.calibrating.labelled import Labelled, Labels, Opinion
from evalkit.calibrating.scale import Scale
from evalkit.core.frozen import frozen
from evalkit.core.judge_calibration import judges_seen
from evalkit.stats.agreement import ReliabilityBin, brier, reliability
from evalkit.stats.chance_corrected import Measured


@frozen
class Counts:
    """What there was, and what of it has no figure.

    Attributes:
        n_responses: with a label.
        n_labels: of all people.
        n_skipped: labels that say that somebody passed over a response.
        n_no_majority: responses over which people are split evenly.
        n_failed: responses that the judge said nothing of.
        n_partly_failed: responses with a verdict of which some judgements failed.
        n_judgements, n_failed_judgements: single questions to a judge.
        n_compared: responses with a verdict and a label of most people.
        first_error: of a failed judgement.
    """

    n_responses: int
    n_labels: int
    n_skipped: int
    n_no_majority: int
    n_failed: int
    n_partly_failed: int
    n_judgements: int
    n_failed_judgements: int
    n_compared: int
    first_error: str | None = None


@frozen
class Probability:
    """How well the probabilities of a decision judge fit what people say.

    Attributes:
        brier: mean squared distance to people's 0 or 1, with its interval; 0 is best.
        least: what always saying the share of good responses scores, which is to beat.
        bins: judgements by their probability, against the share that people call good.
    """

    n: int
    brier: Measured
    least: float
    bins: Sequence[ReliabilityBin]


@frozen
class Figures:
    """One scorer, or one criterion of it, against people.

    Attributes:
        criterion: its name; None of the scorer's main value.
        judge: specs of the judges, joined; empty where none answered.
        revisions: what they said of themselves.
        attacks: what probes did; empty where none were tried.
        unattacked: why no probes were tried.
    """

    scale: Scale
    criterion: str | None
    judge: str
    revisions: Sequence[str | None]
    reviewers: Sequence[str]
    counts: Counts
    agreement: Agreement
    effects: Sequence[Effect]
    probability: Probability | None = None
    attacks: Sequence[Attack] = ()
    unattacked: str = ""


def figures_of(
    scale: Scale, labels: Labels, opinions: Sequence[Opinion], criterion: str | None = None
) -> Figures:
    """The figures of what was judged; attacks are added by whoever made them."""
    pairs = list(zip(labels.responses, opinions, strict=True))
    said = [_said(response, criterion) for response in labels.responses]
    reviewers = sorted({name for each in said for name in each})
    majority = [scale.majority(list(each.values())) for each in said]
    verdicts = [_value(opinion, criterion) for opinion in opinions]
    ratings = Ratings(
        scale,
        verdicts,
        {name: [each.get(name) for each in said] for name in reviewers},
        majority,
        [response.cluster for response in labels.responses],
        [response.weight for response in labels.responses],
    )
    cases = [
        Case(response, opinion, verdict, label)
        for (response, opinion), verdict, label in zip(pairs, verdicts, majority, strict=True)
        if verdict is not None and label is not None
    ]
    judge, revisions = judges_seen(each.judgements for each in opinions)
    whole = [] if criterion is not None else [
        *biases_of(scale, cases),
        consistency_of([(response.cluster, opinion.judgements) for response, opinion in pairs]),
    ]  # fmt: skip
    return Figures(
        scale,
        criterion,
        judge,
        revisions,
        reviewers,
        _counts(labels, opinions, said, ratings, len(cases)),
        agreement_of(ratings),
        whole,
        None if criterion is not None else _probability(scale, cases),
    )


def criteria_of(labels: Labels) -> list[str]:
    """The criteria that people gave labels for, in the order of the labels."""
    return list(dict.fromkeys(name for each in labels.responses for name in each.criteria))


def _said(response: Labelled, criterion: str | None) -> dict[str, float]:
    return dict(response.labels if criterion is None else response.criteria.get(criterion, {}))


def _value(opinion: Opinion, criterion: str | None) -> float | None:
    if criterion is None or opinion.value is None:
        return opinion.value
    return None if opinion.values is None else opinion.values.get(criterion)


def _counts(
    labels: Labels,
    opinions: Sequence[Opinion],
    said: Sequence[dict[str, float]],
    ratings: Ratings,
    n_compared: int,
) -> Counts:
    judgements = [each for opinion in opinions for each in opinion.judgements]
    failed = [each for each in judgements if each.error is not None]
    partly = [
        each
        for each in opinions
        if each.value is not None and any(judgement.error for judgement in each.judgements)
    ]
    errors = [each.error for each in opinions if each.error] + [each.error for each in failed]
    return Counts(
        n_responses=sum(bool(each) for each in said),
        n_labels=sum(map(len, said)),
        n_skipped=labels.n_skipped,
        n_no_majority=sum(
            bool(each) and most is None for each, most in zip(said, ratings.majority, strict=True)
        ),
        n_failed=sum(verdict is None for verdict in ratings.judge),
        n_partly_failed=len(partly),
        n_judgements=len(judgements),
        n_failed_judgements=len(failed),
        n_compared=n_compared,
        first_error=next(iter(errors), None),
    )


def _probability(scale: Scale, cases: Sequence[Case]) -> Probability | None:
    """Of every judgement that has one, where people call a response good or not."""
    if scale.kind == "ordinal":
        return None
    pairs = [
        (each.probability, case.label, case.response.cluster)
        for case in cases
        for each in case.opinion.judgements
        if each.probability is not None and case.label != scale.middle
    ]
    if not pairs:
        return None
    probabilities, truth, groups = (list(each) for each in zip(*pairs, strict=True))
    share = sum(truth) / len(truth)
    found = brier(probabilities, truth, groups=groups)
    return Probability(len(pairs), found, share * (1 - share), reliability(probabilities, truth))

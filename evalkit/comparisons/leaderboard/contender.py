"""A Subject of a leaderboard: what it answered, and what keeps it from being tested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from evalkit.comparisons.comparable import Side, contents, side_of
from evalkit.comparisons.cut_answers import cut_rows
from evalkit.comparisons.early_ends import is_stopped
from evalkit.comparisons.failures import first_failure
from evalkit.comparisons.tables import statistics
from evalkit.comparisons.wording import p_text, percent
from evalkit.core.estimate import Estimate
from evalkit.core.frozen import frozen
from evalkit.core.gate import DEFAULT_LIMITS, GateLimits
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.core.text import plural
from evalkit.core.tournament import TournamentRecord
from evalkit.metrics.metric import Metric


@frozen(slots=True)
class Contender:
    """One Subject with its answers to the Task.

    Attributes:
        label: unique on the leaderboard.
        estimates: label of a metric to its own number.
        sample_contents: sample id to content, None where unknown.
        limits: how many answers may have failed, and how many samples must be common.
    """

    label: str
    evaluation: Evaluation
    side: Side
    estimates: Mapping[str, Estimate]
    sample_contents: Mapping[str, str | None]
    limits: GateLimits = DEFAULT_LIMITS

    @property
    def remark(self) -> str:
        """What its own number leaves open, a sentence; else empty."""
        return f"{self.label} is not whole: {self.side.lack}." if self.side.lack else ""


def contender(
    label: str,
    evaluation: Evaluation,
    observations: Observations,
    estimates: Sequence[Estimate],
    *,
    lack: str = "",
    max_error_rate: float | None = None,
) -> Contender:
    """A Subject as its session left it, held to its task's own limits.

    Args:
        lack: why its run is not whole; said where the evaluation itself is.
        max_error_rate: the share of failed answers, 0..1, in place of the task's.
    """
    rules = evaluation.rules
    limits = rules.limits if rules is not None else DEFAULT_LIMITS
    if max_error_rate is not None:
        limits = GateLimits(max_error_rate, limits.min_common, limits.max_truncated_rate)
    side = side_of(evaluation, observations)
    side = replace(side, lack=side.lack or lack)
    named = {each.metric: each for each in estimates}
    return Contender(label, evaluation, side, named, contents(observations), limits)


def why_untested(one: Contender, metric: Metric, label: str) -> str:
    """Why nothing can be tested of a Subject, whoever the other is, a sentence; empty where it can be."""
    seen, estimate = one.side.observations, one.estimates.get(label)
    if not len(seen):
        return f"{one.label} has its number alone, no samples to pair."
    if estimate is None or estimate.value is None:
        return f"{one.label} has no value: {_reason(estimate)}."
    race = one.evaluation.tournament
    if race is not None and _is_stopped(one.evaluation, race):
        return f"{one.label} was stopped early by a tournament: a test of all samples does not hold."
    if is_stopped(one.evaluation, one.estimates.values()):
        return f"{one.label} was stopped early by looks at its numbers: a test of all samples does not hold."
    return _too_many_failed(one, metric) or _too_many_cut(one)


def _is_stopped(evaluation: Evaluation, race: TournamentRecord) -> bool:
    """Whether its tournament ended the asking, and not the budget of the session, which knows no results."""
    n_left_out = 0 if race.standing == "dropped" else evaluation.n_left_out
    return evaluation.n_samples + n_left_out < race.n_total


def why_out(one: Contender, its: Sequence[Contender], label: str) -> str:
    """How a tournament in this metric showed that a Subject is not the best of these, a sentence; else empty.

    A tournament promises that the best of its Subjects stays in, at its own alpha. So who was dropped is not
    the best where those that stayed in are here too.
    """
    race = one.evaluation.tournament
    if race is None or race.metric != label or race.standing != "dropped" or race.p_value is None:
        return ""
    others = [each.evaluation for each in its if each.evaluation.run_id == one.evaluation.run_id]
    is_beaten = any(each.subject.label == race.beaten_by for each in others)
    if not is_beaten or not any(each.tournament is not None and each.tournament.is_in for each in others):
        return ""
    return (
        f"{one.label} was dropped from a tournament after {race.n_samples:,} of "
        f"{plural(race.n_total, 'sample')}: {race.beaten_by} is shown to be better "
        f"({p_text(race.p_value)}, alpha {race.alpha:.3f})."
    )


def _reason(estimate: Estimate | None) -> str:
    text = (estimate.error if estimate is not None else None) or "it was not computed"
    return text.rstrip(".")


def _too_many_failed(one: Contender, metric: Metric) -> str:
    seen = one.side.observations
    table = statistics(metric, seen)
    n_total, most = table.n_counted + table.n_failed, one.limits.max_error_rate
    if metric.counts_failures or table.n_failed <= most * n_total:
        return ""
    first = first_failure(seen) or table.first_failure
    said = f"{table.n_failed:,} of {plural(n_total, 'response')} of {one.label} failed"
    return f"{said}, more than {percent(most)}{f' (first: {first})' if first else ''}."


def _too_many_cut(one: Contender) -> str:
    seen, most = one.side.observations, one.limits.max_truncated_rate
    n_cut = len(cut_rows(seen)) if most is not None else 0
    if most is None or n_cut <= most * len(seen):
        return ""
    said = f"{n_cut:,} of {plural(len(seen), 'response')} of {one.label} were cut at max_tokens"
    return f"{said}, more than {percent(most)}."

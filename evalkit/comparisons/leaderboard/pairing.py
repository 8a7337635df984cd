"""Whether two Subjects may be held against each other, and on which samples."""

from __future__ import annotations

from evalkit.comparisons.comparable import Match, common_part, is_same_recording, match
from evalkit.comparisons.compare import Paired, measure
from evalkit.comparisons.leaderboard.contender import Contender
from evalkit.comparisons.revisions import mixed_revisions
from evalkit.core.text import plural
from evalkit.errors import MetricError
from evalkit.metrics.metric import Metric
from evalkit.redaction.redact import redact


def paired(first: Contender, second: Contender, metric: Metric, label: str) -> Paired | str:
    """The first against the second on the samples of both; or a sentence: why the two are not tested.

    The rules are those of a regression gate (``evalkit.comparisons.comparable``). Answers of several
    revisions, where a gate could still fail, are not tested here. A Subject that was asked fewer samples is
    compared on those.
    """
    found = _match(first, second)
    try:
        problem = _unlike(first, second, metric, found) or _too_little_common(first, second, found)
        problem = problem or _nothing_shown(first, second)
        if problem:
            return problem
        sides = common_part(second.side, found), common_part(first.side, found)
        return measure(metric, label, sides[0].observations, sides[1].observations)
    except MetricError as error:
        return f"{first.label} and {second.label} cannot be compared: {redact(str(error))}."


def _match(first: Contender, second: Contender) -> Match:
    is_same = first.evaluation.dataset_hash == second.evaluation.dataset_hash
    if is_same and first.sample_contents == second.sample_contents:
        return Match(list(first.sample_contents), is_same_dataset=True)
    return match(second.sample_contents, first.sample_contents, is_same_dataset=is_same)


def _unlike(first: Contender, second: Contender, metric: Metric, found: Match) -> str:
    one, other = first.evaluation, second.evaluation
    differs = one.task_hash != other.task_hash and "the task itself"
    if not differs and found.untold:
        differs = "the dataset, and nothing tells which samples are the same"
    if not differs and metric.signature(first.side.observations) != metric.signature(
        second.side.observations
    ):
        differs = "how the metric is computed"
    return f"{first.label} and {second.label} differ in {differs}." if differs else ""


def _too_little_common(first: Contender, second: Contender, found: Match) -> str:
    least = max(first.limits.min_common, second.limits.min_common)
    if not found.has_edits or (found.common and found.share >= least):
        return ""
    common = f"{len(found.common):,} of {plural(found.n_all, 'sample')}"
    return f"{first.label} and {second.label} have {common} in common, too few."


def _nothing_shown(first: Contender, second: Contender) -> str:
    """Answers that prove nothing of either model, whatever they are."""
    one, other = first.side, second.side
    if one.is_recorded and other.is_recorded and is_same_recording(one, other):
        return f"{first.label} and {second.label} are the same recorded answers."
    for each in (first, second):
        if mixed := mixed_revisions(each.side.observations):
            return f"{each.label}: {mixed}"
    return ""

"""From the answers of k Subjects to a leaderboard: all pairs tested, the familywise error held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import inf

from evalkit.comparisons.compare import Paired
from evalkit.comparisons.leaderboard.board import Leaderboard, Outcome, PairTest, Standing
from evalkit.comparisons.leaderboard.contender import Contender, why_out, why_untested
from evalkit.comparisons.leaderboard.letters import letters, tie_groups
from evalkit.comparisons.leaderboard.pairing import paired
from evalkit.core.estimate import Estimate
from evalkit.core.frozen import frozen
from evalkit.metrics.metric import Metric
from evalkit.stats.multiplicity import holm, holm_levels

#: The chance that any two Subjects are told apart that do not differ.
ALPHA = 0.05


@frozen(slots=True)
class Measured:
    """Two Subjects before all are decided together; ``found`` is a sentence where no test was made."""

    first: str
    second: str
    found: Paired | str


def leaderboards(
    task: str,
    metric: Metric,
    label: str,
    groups: Mapping[str, Sequence[Contender]],
    alpha: float = ALPHA,
) -> list[Leaderboard]:
    """One leaderboard for each group of Subjects; pairs of all groups are one family.

    Each two Subjects of a group meet in the paired test of the metric's kind, on the samples of both. Holm's
    procedure over all of these two-sided tests keeps the chance that any two equal Subjects are told apart at
    ``alpha`` at most, however many there are and however they depend on each other. Two are told apart where
    the test and the interval at the pair's level both show it, as in every comparison.

    Args:
        label: the metric's label in ``estimates``.
        groups: what the Subjects of a group share, to the Subjects; one name, empty, for all of them.
    """
    # In a group of some Subjects, those that stayed in may be missing.
    out = {name: {} if name else _out(its, label) for name, its in groups.items()}
    ordered = {name: _in_order(its, label, metric, out[name]) for name, its in groups.items()}
    measured = {name: _measured(its, metric, label) for name, its in ordered.items()}
    tested = [each.found for its in measured.values() for each in its if isinstance(each.found, Paired)]
    p_values = [each.difference.tests.two_sided for each in tested]
    shares = zip(holm_levels(p_values, alpha).tolist(), holm(p_values).tolist(), strict=True)
    decided = {
        name: tuple(
            _decided(each, *next(shares)) if isinstance(each.found, Paired) else _untested(each)
            for each in its
        )
        for name, its in measured.items()
    }
    return [
        Leaderboard(
            task=task,
            group=name,
            metric=label,
            is_higher_better=metric.is_higher_better,
            alpha=alpha,
            n_family=len(tested),
            standings=_standings(its, label, decided[name], out[name]),
            pairs=decided[name],
        )
        for name, its in ordered.items()
    ]


def _in_order(
    its: Sequence[Contender], label: str, metric: Metric, out: Mapping[str, str]
) -> list[Contender]:
    sign = -1.0 if metric.is_higher_better else 1.0

    def key(each: Contender) -> tuple[bool, bool, float]:
        value = _estimate(each, label).value
        return value is None, each.label in out, inf if value is None else sign * value

    return sorted(its, key=key)


def _measured(its: Sequence[Contender], metric: Metric, label: str) -> list[Measured]:
    faults = {each.label: why_untested(each, metric, label) for each in its}
    return [
        Measured(
            one.label,
            other.label,
            faults[one.label] or faults[other.label] or paired(one, other, metric, label),
        )
        for one, other in combinations(its, 2)
    ]


def _decided(measured: Measured, level: float, p_adjusted: float) -> PairTest:
    if isinstance(measured.found, str):
        return _untested(measured)
    found = measured.found.at(level, is_one_sided=False)
    n_to_tell = measured.found.difference.n_to_see(abs(found.difference), level / 2)
    return PairTest(measured.first, measured.second, found, p_adjusted, n_to_tell)


def _untested(measured: Measured) -> PairTest:
    return PairTest(measured.first, measured.second, obstacle=str(measured.found))


def _out(its: Sequence[Contender], label: str) -> dict[str, str]:
    """Who is not the best, to what showed it."""
    return {each.label: reason for each in its if (reason := why_out(each, its, label))}


def _standings(
    its: Sequence[Contender], label: str, pairs: Sequence[PairTest], out: Mapping[str, str]
) -> tuple[Standing, ...]:
    valued = {each.label for each in its if _estimate(each, label).value is not None}
    # Of who is out something is shown, and of who has no value nothing can be: letters would call them ties.
    lettered = [each.label for each in its if each.label in valued and each.label not in out]
    places = {each: place for place, each in enumerate(lettered)}
    apart = [
        (places[each.first], places[each.second])
        for each in pairs
        if each.outcome in ("win", "loss") and each.first in places and each.second in places
    ]
    shown = dict(zip(lettered, letters(len(places), tie_groups(len(places), apart)), strict=True))
    found = [_standing(each, label, pairs, shown.get(each.label, ""), len(valued)) for each in its]
    is_alone = len(lettered) == 1 and len(valued) > 1
    return tuple(
        _placed(each, out.get(each.label, ""), is_alone=is_alone)
        if each.label in valued
        else replace(each, rank_low=len(valued) + 1, rank_high=len(its))
        for each in found
    )


def _estimate(one: Contender, label: str) -> Estimate:
    found = one.estimates.get(label)
    return found or Estimate(label, None, None, None, 0, "", error="not computed")


def _placed(standing: Standing, reason: str, *, is_alone: bool) -> Standing:
    """With what a tournament showed: who is out is not the first, and who is left alone is."""
    if reason:
        return replace(standing, rank_low=max(2, standing.rank_low), why_out=reason)
    return replace(standing, rank_high=1) if is_alone else standing


def _standing(one: Contender, label: str, pairs: Sequence[PairTest], shown: str, n_valued: int) -> Standing:
    outcomes = [each.outcome_of(one.label) for each in pairs if one.label in (each.first, each.second)]
    counts: dict[Outcome, int] = {word: outcomes.count(word) for word in ("win", "loss", "tie", "untested")}
    return Standing(
        label=one.label,
        estimate=_estimate(one, label),
        rank_low=1 + counts["loss"],
        rank_high=n_valued - counts["win"],
        letters=shown,
        n_wins=counts["win"],
        n_losses=counts["loss"],
        n_ties=counts["tie"],
        n_untested=counts["untested"],
        remark=one.remark,
    )

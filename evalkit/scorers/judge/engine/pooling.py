"""Many judgements of one Response -> one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from statistics import fmean, median

from evalkit.core.frozen import frozen
from evalkit.core.judgement import Judgement
from evalkit.core.text import one_line, plural
from evalkit.scorers.judge.engine.forms import SIDES

#: Characters of an explanation.
_MOST_CHARS = 2_000
#: Of what the probability is, where it is not of ``yes``.
_FIRST = dict.fromkeys(("A", "B", "tie"), "A")
_FATES = {"A": "won", "B": "lost", "tie": "tied"}


@frozen(slots=True)
class Pooled:
    """What the judgements come to; ``value`` is None exactly when ``error`` is set.

    Attributes:
        values: of criteria, each by its name.
        verdict: the one that all agree in, or the verdicts with how often each was said.
    """

    value: float | None
    values: Mapping[str, float] | None = None
    verdict: str | None = None
    explanation: str | None = None
    error: str | None = None


def pooled(judgements: Sequence[Judgement], votes: int, *, is_binary: bool) -> Pooled:
    """The mean over judges of the mean over repeats; of ``votes`` the median, which is their majority where
    there are two verdicts. What failed is left out, and said.

    Of a pair that was asked in both orders: 1 or 0 where both say the same, else .5.

    Args:
        is_binary: whether a vote is 0 or 1, so that half of them decide nothing.
    """
    opinions = _in_both_orders(judgements)
    failed = [each for each in opinions if each.error is not None]
    values, named, ties = [], [], []
    for _, of_judge in groupby(opinions, key=lambda each: each.judge):
        repeats = [
            _voted(list(group), is_binary) for _, group in groupby(of_judge, lambda each: each.round // votes)
        ]
        found = [each for each in repeats if each is not None and each[0] is not None]
        ties += [each for each in repeats if each is not None and each[0] is None]
        if found:
            values.append(fmean(value for value, _ in found if value is not None))
            named.append(_mean_of([each for _, each in found]))
    if not values:
        return Pooled(None, error=_why_not(failed, ties, len(opinions)))
    valid = [each for each in opinions if each.error is None]
    notes = _notes(failed, ties, len(opinions))
    return Pooled(fmean(values), _mean_of(named), _verdict(valid), _explained(valid, notes))


def _in_both_orders(judgements: Sequence[Judgement]) -> list[Judgement]:
    """One for each question, the two orders of a pair together; those of a judge next to each other."""
    found: list[Judgement] = []
    for each in judgements:
        before = found[-1] if found else None
        is_pair = each.order == "ba" and before is not None and before.order == "ab"
        found = [*found[:-1], _paired(before, each)] if is_pair and before is not None else [*found, each]
    return found


def _paired(first: Judgement, second: Judgement) -> Judgement:
    broken = next((each for each in (first, second) if each.error is not None), None)
    if broken is not None:
        return broken
    probabilities = [each.probability for each in (first, second) if each.probability is not None]
    probability = fmean(probabilities) if len(probabilities) == 2 else None
    verdict, reason = first.verdict, first.reason
    if first.verdict != second.verdict:
        fates = [_FATES[str(each.verdict)] for each in (first, second)]
        said = f"the answer {fates[0]} as the first and {fates[1]} as the second"
        verdict, reason = "tie", f"the verdict changed with the order: {said}, which counts as a tie"
    return Judgement(
        first.scorer, first.judge, round=first.round, verdict=verdict, value=SIDES[str(verdict)],
        probability=probability, reason=reason,
    )  # fmt: skip


def _voted(
    opinions: Sequence[Judgement], is_binary: bool
) -> tuple[float | None, Mapping[str, float] | None] | None:
    """The votes of one repeat; a value of None where they are split, None where there is none."""
    values = [each.value for each in opinions if each.value is not None]
    if not values:
        return None
    named = [each.values for each in opinions if each.values is not None]
    medians = {name: float(median(each[name] for each in named)) for name in named[0]} if named else None
    value = float(median(values))
    is_split = is_binary and value not in (0.0, 1.0)
    return (None, None) if is_split else (value, medians)


def _mean_of(named: Sequence[Mapping[str, float] | None]) -> Mapping[str, float] | None:
    given = [each for each in named if each is not None]
    return {name: fmean(each[name] for each in given) for name in given[0]} if given else None


def _verdict(valid: Sequence[Judgement]) -> str:
    counts: dict[str, int] = {}
    for each in valid:
        counts[str(each.verdict)] = counts.get(str(each.verdict), 0) + 1
    if len(counts) == 1:
        return next(iter(counts))
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{verdict} ({n})" for verdict, n in ordered)


def _notes(failed: Sequence[Judgement], ties: Sequence[object], n: int) -> list[str]:
    notes = []
    if failed:
        first = failed[0]
        notes.append(f"{len(failed):,} of {plural(n, 'judgement')} failed ({first.judge}: {first.error})")
    if ties:
        notes.append(f"{plural(len(ties), 'vote')} came to no majority")
    return notes


def _explained(valid: Sequence[Judgement], notes: Sequence[str]) -> str | None:
    """What failed, then the reasons, shared ones once."""
    judges = {each.judge for each in valid}
    reasons: dict[str, None] = {}
    for each in valid:
        text = one_line(each.reason or _ranked(each), 400)
        reasons[f"{each.judge}: {text}" if len(judges) > 1 else text] = None
    return one_line("; ".join([*notes, *reasons]), _MOST_CHARS) or None


def _ranked(judgement: Judgement) -> str:
    """What a decision judge says, which gives no reason."""
    if judgement.probability is None:
        return f"verdict {judgement.verdict}"
    first = _FIRST.get(str(judgement.verdict), "yes")
    return f"verdict {judgement.verdict}, probability of {first}: {judgement.probability:.3g}"


def _why_not(failed: Sequence[Judgement], ties: Sequence[object], n: int) -> str:
    if not failed:
        return "the votes are split, and no majority says yes or no"
    first = str(failed[0].error)
    said = first if n == 1 else f"none of {plural(n, 'judgement')} came to a verdict: {first}"
    return f"{said}; the other votes are split" if ties else said

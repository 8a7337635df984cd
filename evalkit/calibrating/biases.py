"""What a judge does the same way each time and should not: by position, length, verbosity, whose text it is.

Only verdicts that people can be held against count, and every bias but that of position is measured between
responses of which people say the same: a judge that likes long answers because they are better is not biased.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log2
from statistics import median

from evalkit.calibrating.estimating import Effect, mean_effect, share_effect, slope_effect, unknown
from evalkit.calibrating.families import family_of
from evalkit.calibrating.labelled import Labelled, Opinion
from evalkit.calibrating.scale import Scale
from evalkit.core.frozen import frozen
from evalkit.core.judgement import Judgement

_POSITION = "verdict for the response when shown first minus when shown second (same two texts)"
_ORDERS = "share of pairs whose verdict changes when the two responses swap places"
_LENGTH = "change of the verdict (0..1) for a response twice as long, people saying the same"
_LENGTH_PAIR = (
    "change of the verdict (0..1) for a response twice as long as its opponent, people saying the same"
)
_VERBOSITY = (
    "of responses that people call bad: mean verdict (0..1) of the longer half minus the shorter half"
)
_VERBOSITY_PAIR = "agreement where people prefer the longer response minus where they prefer the shorter"
_SELF = "verdict (0..1) on responses of the judge's own family minus others, people saying the same"


@frozen
class Case:
    """A response with a verdict and a label of most people."""

    response: Labelled
    opinion: Opinion
    verdict: float
    label: float


def biases_of(scale: Scale, cases: Sequence[Case]) -> list[Effect]:
    """Every bias, also those that these data cannot tell."""
    found = [*_position(cases)] if scale.kind == "pairwise" else []
    return [*found, _length(scale, cases), _verbosity(scale, cases), *_self_preference(scale, cases)]


def _position(cases: Sequence[Case]) -> Iterator[Effect]:
    pairs = [(case.response.cluster, *each) for case in cases for each in _orders(case.opinion.judgements)]
    groups = [sample_id for sample_id, _, _ in pairs]
    if not pairs:
        reason = "no response was judged in both orders"
        yield unknown("position", _POSITION, reason)
        yield unknown("order changes", _ORDERS, reason)
        return
    yield mean_effect("position", _POSITION, [first - second for _, first, second in pairs], groups)
    yield share_effect("order changes", _ORDERS, [float(a != b) for _, a, b in pairs], groups)


def _orders(judgements: Sequence[Judgement]) -> Iterator[tuple[float, float]]:
    """The verdict with the response first and with it second, of each judge and round."""
    by_place: dict[tuple[str, int], dict[str, float]] = {}
    for each in judgements:
        if each.order is not None and each.value is not None:
            by_place.setdefault((each.judge, each.round), {})[each.order] = each.value
    for found in by_place.values():
        if {"ab", "ba"} <= found.keys():
            yield found["ab"], found["ba"]


def _length(scale: Scale, cases: Sequence[Case]) -> Effect:
    name = _LENGTH_PAIR if scale.kind == "pairwise" else _LENGTH
    return slope_effect(
        "length",
        name,
        [scale.share_of(case.verdict) for case in cases],
        [_longer(case.response) for case in cases],
        [case.label for case in cases],
        [case.response.cluster for case in cases],
    )


def _verbosity(scale: Scale, cases: Sequence[Case]) -> Effect:
    if scale.kind == "pairwise":
        decided = [case for case in cases if case.label != scale.middle and _longer(case.response) != 0]
        is_long = [(_longer(case.response) > 0) == scale.is_good(case.label) for case in decided]
        verdicts = [float(case.verdict == case.label) for case in decided]
        name = _VERBOSITY_PAIR
    else:
        decided = [case for case in cases if not scale.is_good(case.label)]
        lengths = [len(case.response.output) for case in decided]
        middle = median(lengths) if lengths else 0
        is_long = [each > middle for each in lengths]
        verdicts = [scale.share_of(case.verdict) for case in decided]
        name = _VERBOSITY
    samples = [case.response.cluster for case in decided]
    return slope_effect("verbosity", name, verdicts, list(map(float, is_long)), [0] * len(decided), samples)


def _self_preference(scale: Scale, cases: Sequence[Case]) -> Iterator[Effect]:
    judges = list(dict.fromkeys(each.judge for case in cases for each in case.opinion.judgements))
    for judge in judges:
        name = "self-preference" if len(judges) == 1 else f"self-preference of {judge}"
        family = family_of(judge)
        known = [
            (case, verdict, exposure)
            for case in cases
            if (verdict := _mean_of(case.opinion.judgements, judge)) is not None
            and (exposure := _own(case.response, family)) is not None
        ]
        if not any(exposure for _, _, exposure in known):
            what = f"no response is known to be of the family {family!r}"
            yield unknown(name, _SELF, what if family else "the judge's family is unknown", len(known))
            continue
        yield slope_effect(
            name,
            _SELF,
            [scale.share_of(verdict) for _, verdict, _ in known],
            [exposure for _, _, exposure in known],
            [case.label for case, _, _ in known],
            [case.response.cluster for case, _, _ in known],
        )


def _own(response: Labelled, family: str | None) -> float | None:
    """1 where the response is of the family and what it stands against is not, -1 the other way round; None
    where nobody knows whose it is."""
    its = family_of(response.model)
    if its is None or family is None:
        return None
    if response.opponent is None:
        return float(its == family)
    other = family_of(response.opponent_model)
    return None if other is None else float(its == family) - float(other == family)


def _mean_of(judgements: Sequence[Judgement], judge: str) -> float | None:
    values = [each.value for each in judgements if each.judge == judge and each.value is not None]
    return sum(values) / len(values) if values else None


def _longer(response: Labelled) -> float:
    """Doublings of its characters, over those of the opponent where there is one."""
    own = log2(max(len(response.output), 1))
    return own if response.opponent is None else own - log2(max(len(response.opponent), 1))

"""How far a judge agrees with people: with most of them, with each, and they with each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np

from evalkit.calibrating.scale import SPLIT, Scale
from evalkit.core.frozen import frozen
from evalkit.stats.agreement import (
    ConstantGuess,
    PairAgreement,
    alpha_agreement,
    constant_guesser,
    pair_agreement,
)
from evalkit.stats.chance_corrected import Measured
from evalkit.stats.disagreement import Level, Weighting


@frozen
class Ratings:
    """Labels of everybody, response by response.

    Attributes:
        judge: what the judge says of each of n responses, None where it says nothing.
        people: reviewer to the same.
        majority: what most people say, None where they are split.
        groups: the Sample of each response.
        weights: what each response counts.
    """

    scale: Scale
    judge: Sequence[float | None]
    people: Mapping[str, Sequence[float | None]]
    majority: Sequence[float | None]
    groups: Sequence[str]
    weights: Sequence[float]


@frozen
class Agreement:
    """The figures; on a scale of grades kappa is the quadratic one and alpha the ordinal one.

    Attributes:
        judge: judge against most people.
        each: judge against each of several people.
        alpha: Krippendorff's alpha of judge and most people.
        guesser: what one gets by always saying what people say most often.
        pairs: each two people against each other.
        ceiling: the mean kappa of those, weighted by responses; None with one reviewer.
        people_alpha: Krippendorff's alpha of all people.
    """

    judge: PairAgreement
    each: Mapping[str, PairAgreement]
    alpha: Measured
    guesser: ConstantGuess
    pairs: Mapping[tuple[str, str], PairAgreement]
    ceiling: float | None
    people_alpha: Measured


def agreement_of(ratings: Ratings) -> Agreement:
    """Over the responses that have a verdict and a label."""
    people = {name: _names(ratings.scale, said) for name, said in ratings.people.items()}
    judge, majority = _names(ratings.scale, ratings.judge), _names(ratings.scale, ratings.majority)
    pairs = {
        (first, second): _pair(ratings, people[first], people[second])
        for first, second in combinations(people, 2)
    }
    known = [name if verdict is not None else None for name, verdict in zip(majority, judge, strict=True)]
    several = len(people) > 1
    return Agreement(
        judge=_pair(ratings, majority, judge),
        each={name: _pair(ratings, said, judge) for name, said in people.items()} if several else {},
        alpha=_alpha(ratings, [ratings.majority, ratings.judge]),
        guesser=constant_guesser(
            known, labels=ratings.scale.names, groups=ratings.groups, item_weights=ratings.weights
        ),
        pairs=pairs,
        ceiling=_mean_kappa(pairs.values()),
        people_alpha=_alpha(ratings, list(ratings.people.values())) if several else Measured(None),
    )


def _pair(ratings: Ratings, a: Sequence[str | None], b: Sequence[str | None]) -> PairAgreement:
    scale = ratings.scale
    labels = [*scale.names, *([SPLIT] if SPLIT in b else [])]
    weights: Weighting | None = "quadratic" if scale.kind == "ordinal" else None
    return pair_agreement(a, b, weights, labels=labels, groups=ratings.groups, item_weights=ratings.weights)


def _alpha(ratings: Ratings, rows: Sequence[Sequence[float | None]]) -> Measured:
    level: Level = "ordinal" if ratings.scale.kind == "ordinal" else "nominal"
    places = {name: float(place) for place, name in enumerate((*ratings.scale.names, SPLIT))}
    matrix = np.array([
        [np.nan if value is None else places[ratings.scale.name_of(value)] for value in row] for row in rows
    ])  # fmt: skip
    return alpha_agreement(matrix, level, groups=ratings.groups, item_weights=ratings.weights)


def _names(scale: Scale, values: Sequence[float | None]) -> list[str | None]:
    return [None if value is None else scale.name_of(value) for value in values]


def _mean_kappa(pairs: Iterable[PairAgreement]) -> float | None:
    known = [(each.kappa.value, each.n) for each in pairs if each.kappa.value is not None]
    n = sum(count for _, count in known)
    return sum(kappa * count for kappa, count in known) / n if n else None

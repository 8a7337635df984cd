"""What raters said, as numbers: labels of any kind become places in an order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite, isnan
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.bootstrap import Codes, Floats
from evalkit.stats.chance_corrected import Items
from evalkit.stats.disagreement import costs_of, nominal_rows, pair_rows

#: Labels of one rater, one an item; None and NaN are missing.
Labels = Sequence[Any] | npt.NDArray[Any]
Numbers = Sequence[float] | Floats


class Pair(NamedTuple):
    """The items that two raters both labelled.

    Attributes:
        labels: the K labels that may be given, in order.
        a, b: (n,) places of either rater's labels among them.
        weights: (n,) of mean 1.
        groups: (n,) codes 0 .. m - 1.
    """

    labels: tuple[Any, ...]
    a: Codes
    b: Codes
    weights: Floats
    groups: Codes

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """(K, K) items by label of ``a`` (row) and of ``b`` (column)."""
        table = np.zeros((len(self.labels), len(self.labels)), dtype=np.int64)
        np.add.at(table, (self.a, self.b), 1)
        return table

    def by_rater(self, costs: Floats | None = None) -> Items:
        """For the formulas that know who said what; any other label costs the same, unless ``costs`` say."""
        one_hot = np.eye(len(self.labels))
        rows = pair_rows(
            one_hot[self.a], one_hot[self.b], costs_of(len(self.labels), None) if costs is None else costs
        )
        return Items(rows, _as_they_are, self.weights, self.groups)

    def together(self) -> Items:
        """For ``nominal_alpha``, to which it is one who said what."""
        one_hot = np.eye(len(self.labels))
        return Items(one_hot[self.a] + one_hot[self.b], nominal_rows, self.weights, self.groups)


def pair_of(
    a: Labels,
    b: Labels,
    labels: Labels | None = None,
    groups: Labels | None = None,
    item_weights: Numbers | None = None,
) -> Pair:
    """Items without both labels left out. Raises ValueError where lengths differ, and on a label that is none
    of ``labels``."""
    said_a, said_b = listed(a), listed(b)
    if len(said_a) != len(said_b):
        raise ValueError(
            f"one rater has {len(said_a)} labels, the other {len(said_b)}: give one an item each"
        )
    kept = [i for i, pair in enumerate(zip(said_a, said_b, strict=True)) if not any(map(is_missing, pair))]
    places = places_of((said[i] for i in kept for said in (said_a, said_b)), labels)
    return Pair(
        tuple(places),
        np.array([places[said_a[i]] for i in kept], dtype=np.intp),
        np.array([places[said_b[i]] for i in kept], dtype=np.intp),
        *weights_and_groups(len(said_a), kept, groups, item_weights),
    )


def weights_and_groups(
    n: int, kept: Sequence[int] | Codes, groups: Labels | None, item_weights: Numbers | None
) -> tuple[Floats, Codes]:
    """Of the items at ``kept`` of n: weights of mean 1, and codes of their groups (by default each its own).

    Raises ValueError where there is not one for each item, and on a weight that is not positive.
    """
    for what, given in (("groups", groups), ("item_weights", item_weights)):
        if given is not None and len(given) != n:
            raise ValueError(f"{len(given)} {what} for {n} items")
    if item_weights is None:
        weights = np.ones(len(kept))
    else:
        weights = np.array([float(item_weights[i]) for i in kept])
        if not all(isfinite(each) and each > 0 for each in weights):
            raise ValueError("item_weights must be positive numbers")
        weights = weights / weights.mean() if len(kept) else weights
    if groups is None:
        return weights, np.arange(len(kept))
    names = listed(groups)
    codes: dict[Any, int] = {}
    return weights, np.array([codes.setdefault(names[i], len(codes)) for i in kept], dtype=np.intp)


def coded(raters: Sequence[Labels], labels: Labels | None = None) -> Floats:
    """(raters, items) places among ``labels`` (by default those seen, sorted), NaN where missing."""
    rows = [listed(rater) for rater in raters]
    places = places_of((each for row in rows for each in row if not is_missing(each)), labels)
    return np.array([[np.nan if is_missing(each) else places[each] for each in row] for row in rows])


def places_of(said: Iterable[Any], labels: Labels | None) -> dict[Any, int]:
    """Label -> its place in the order. Raises ValueError on one that is none of ``labels``."""
    seen = dict.fromkeys(said)
    if labels is None:
        # Numbers first, as they may not be compared with texts.
        return {
            label: i for i, label in enumerate(sorted(seen, key=lambda each: (isinstance(each, str), each)))
        }
    places = {label: i for i, label in enumerate(listed(labels))}
    for label in seen:
        if label not in places:
            raise ValueError(f"label {label!r} is none of {', '.join(map(repr, places))}")
    return places


def listed(values: Labels) -> list[Any]:
    """As Python objects: numpy's are not equal in every respect."""
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


def is_missing(label: Any) -> bool:
    """Whether this is not a label."""
    return label is None or (isinstance(label, float) and isnan(label))


def _as_they_are(rows: Floats) -> Floats:
    return rows

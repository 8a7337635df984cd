"""How far reviewers say the same, while they review."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, Literal

from evalkit.core.review import Review, ReviewQuestion
from evalkit.review.board import Board
from evalkit.stats.agreement import alpha_agreement, pair_agreement

#: Of one item: reviewer to review.
_Said = dict[str, Review]


def agreement_of(board: Board) -> dict[str, Any]:
    """Of all reviewers and of every two, over the items that two or more labelled.

    ``{"n_items", "alpha": {"value", "low", "high"}, "pairs": [{"reviewers", "n", "agreement", "kappa"}]}``.
    ``alpha`` is Krippendorff's, ordinal for a rubric; ``agreement`` the share of equal labels; ``kappa``
    Cohen's, with quadratic weights for a rubric, of several criteria None. Items count by the inverse of the
    probability with which they were picked, and those of one sample together: intervals of 95 %. What the
    labels cannot tell is None.
    """
    by_item: dict[str, _Said] = {}
    for review in board.labelled():
        by_item.setdefault(review.item.item_id, {})[review.reviewer] = review
    shared = [said for said in by_item.values() if len(said) > 1]
    if not shared:
        return {"n_items": 0, "alpha": None, "pairs": []}
    reviewers = sorted({reviewer for said in shared for reviewer in said})
    asked = board.project.question
    return {
        "n_items": len(shared),
        "alpha": _alpha(asked, shared, reviewers),
        "pairs": [_pair(asked, shared, one, other) for one, other in combinations(reviewers, 2)],
    }


def _alpha(asked: ReviewQuestion, shared: Sequence[_Said], reviewers: Sequence[str]) -> dict[str, Any]:
    values = [[_value(said.get(reviewer)) for said in shared] for reviewer in reviewers]
    level: Literal["nominal", "ordinal"] = "nominal" if asked.scale is None else "ordinal"
    return _object(alpha_agreement(values, level, groups=_groups(shared), item_weights=_weights(shared)))


def _pair(asked: ReviewQuestion, shared: Sequence[_Said], one: str, other: str) -> dict[str, Any]:
    met = [said for said in shared if one in said and other in said]
    if not met:
        return {"reviewers": [one, other], "n": 0, "agreement": None, "kappa": None}
    a, b = ([_value(said[reviewer]) for said in met] for reviewer in (one, other))
    is_scale = asked.scale is not None and not asked.criteria
    labels = [float(each) for each in range(asked.scale[0], asked.scale[1] + 1)] if asked.scale else None
    found = pair_agreement(
        a,
        b,
        "quadratic" if is_scale else None,
        labels=labels if is_scale else None,
        groups=_groups(met),
        item_weights=_weights(met),
    )
    kappa = None if asked.criteria else _object(found.kappa)
    return {"reviewers": [one, other], "n": len(met), "agreement": found.agreement.value, "kappa": kappa}


def _value(review: Review | None) -> float:
    return float("nan") if review is None or review.value is None else review.value


def _groups(shared: Sequence[_Said]) -> list[str]:
    return [next(iter(said.values())).item.sample_id for said in shared]


def _weights(shared: Sequence[_Said]) -> list[float]:
    return [1 / next(iter(said.values())).item.inclusion_probability for said in shared]


def _object(measured: tuple[float | None, float | None, float | None]) -> dict[str, float | None]:
    return dict(zip(("value", "low", "high"), measured, strict=True))

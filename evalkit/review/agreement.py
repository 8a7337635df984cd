"""How far reviewers say the same, while they review."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from evalkit.review.board import Board


def agreement_of(board: Board) -> dict[str, Any]:
    """Of every two reviewers, over the items that both labelled.

    ``{"n_items": labelled by two or more, "pairs": [{"reviewers", "n", "agreement"}]}``; ``agreement`` is the
    share of equal labels, None without any.
    """
    by_item: dict[str, dict[str, str]] = {}
    for review in board.labelled():
        by_item.setdefault(review.item.item_id, {})[review.reviewer] = review.label
    shared = [labels for labels in by_item.values() if len(labels) > 1]
    reviewers = sorted({reviewer for labels in shared for reviewer in labels})
    pairs = []
    for one, other in combinations(reviewers, 2):
        met = [labels[one] == labels[other] for labels in shared if one in labels and other in labels]
        share = sum(met) / len(met) if met else None
        pairs.append({"reviewers": [one, other], "n": len(met), "agreement": share})
    return {"n_items": len(shared), "pairs": pairs}

"""Which answer of a pair stands left: drawn for each pair and reviewer, and the same after a restart."""

from __future__ import annotations

import hashlib

from evalkit.core.review import ReviewItem, Side


def shown_left(seed: str, item: ReviewItem, reviewer: str) -> Side | None:
    """None of an item that is not a pair."""
    if item.opponent_evaluation_id is None:
        return None
    return "opponent" if draw(seed, "side", item.item_id, reviewer) & 1 else "response"


def draw(seed: str, *what: str) -> int:
    """A number of 64 bits that looks random, always the same for the same words."""
    text = "\0".join((seed, *what))
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8], "big")

"""Names that one may have meant: a slip of the keyboard, not another member of a series."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product

_SEPARATORS = re.compile(r"[-_./\s]+")


def near_names(seen: str, known: Iterable[str]) -> list[str]:
    """Those of ``known`` that ``seen`` may be a misspelling of, in order.

    Case and separators never tell two names apart. Else names are held against each other part by part
    (``staging-eu``: two parts), and each part may have a slip for every four characters, one at least: a
    character more, less or another, two exchanged. Parts of one or two characters, and those whose digits
    alone differ (``v1.2`` and ``v1.3``), are names of their own.
    """
    return [name for name in sorted(set(known)) if name != seen and _is_near(_parts(seen), _parts(name))]


def _parts(name: str) -> list[str]:
    return [part for part in _SEPARATORS.split(name.casefold()) if part]


def _is_near(seen: list[str], known: list[str]) -> bool:
    if len(seen) != len(known):
        seen, known = ["".join(seen)], ["".join(known)]
    return all(_is_slip(*pair) for pair in zip(seen, known, strict=True))


def _is_slip(seen: str, known: str) -> bool:
    if seen == known:
        return True
    n = max(len(seen), len(known))
    is_series = re.sub(r"\d+", "0", seen) == re.sub(r"\d+", "0", known)
    return n > 2 and not is_series and slips(seen, known) <= max(1, n // 4)


def slips(seen: str, known: str) -> int:
    """Characters to add, drop or change, and neighbours to exchange, that turn one text into the other: the
    optimal string alignment distance (Damerau 1964; no part is changed twice)."""
    cost = {(i, 0): i for i in range(len(seen) + 1)} | {(0, j): j for j in range(len(known) + 1)}
    for i, j in product(range(1, len(seen) + 1), range(1, len(known) + 1)):
        is_other = seen[i - 1] != known[j - 1]
        cost[i, j] = min(cost[i - 1, j] + 1, cost[i, j - 1] + 1, cost[i - 1, j - 1] + is_other)
        if i > 1 and j > 1 and seen[i - 2 : i] == known[j - 2 : j][::-1]:
            cost[i, j] = min(cost[i, j], cost[i - 2, j - 2] + 1)
    return cost[len(seen), len(known)]

"""Who reviews what: each item goes to as many reviewers as are to agree on it, and all get as much."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from evalkit.review.sides import draw


def assign(
    items: Sequence[str],
    reviewers: Sequence[str],
    overlap: int,
    seed: str,
    reviewed: Mapping[str, Collection[str]],
) -> dict[str, tuple[str, ...]]:
    """Reviewer to items, in the order of ``items``; always the same for the same arguments.

    What was reviewed stays with who reviewed it, and counts; who joins later gets what is left first, until
    all have as much. Loads of reviewers who begin together differ by at most one.

    Args:
        items: ids.
        overlap: reviewers for each item; all of them where there are fewer.
        reviewed: item to those who reviewed it already, whether they are still here or not.
    """
    given: dict[str, set[str]] = {reviewer: set() for reviewer in reviewers}
    for item in items:
        for reviewer in reviewed.get(item, ()):
            if reviewer in given:
                given[reviewer].add(item)
    for item in items:
        had = set(reviewed.get(item, ()))
        left = [each for each in reviewers if each not in had]
        left.sort(key=lambda each: (len(given[each]), draw(seed, "assign", item, each)))
        for reviewer in left[: max(overlap - len(had), 0)]:
            given[reviewer].add(item)
    return {reviewer: tuple(each for each in items if each in its) for reviewer, its in given.items()}

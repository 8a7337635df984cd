"""Texts that are nearly the same: Jaccard similarity of character shingles, every pair, exactly.

Two sets as similar as t share one of the rarest |x| - ceil(t |x|) + 1 elements of each, so that most pairs
need not be looked at.

Sources: shingles are Broder 1997 (Compression and Complexity of Sequences, 21), the prefixes Bayardo, Ma and
Srikant 2007 (WWW, 131).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

SIMILAR = 0.8
WIDTH = 5
#: What more texts than this have is their template, and says nothing of any of them.
_TEMPLATE = 0.5
#: Fewer texts have no template.
_FEW = 4


class NearDuplicate(NamedTuple):
    """Two texts by their places, ``first`` < ``second``, and their similarity, 0..1."""

    first: int
    second: int
    similarity: float


def near_duplicates(texts: Sequence[str], threshold: float = SIMILAR) -> list[NearDuplicate]:
    """Every pair of different texts at least as similar as ``threshold`` (0, 1], by places; of equal texts
    each with the first of them.

    Case and white space do not count. Shingles that more than half of the texts have are left out: they are
    the template, and would make all texts alike.
    """
    first: dict[str, int] = {}
    found = []
    for place, text in enumerate(" ".join(text.casefold().split()) for text in texts):
        earlier = first.setdefault(text, place)
        if earlier != place:
            found.append(NearDuplicate(earlier, place, 1.0))
    places = list(first.values())
    pairs = _similar_sets(_own_shingles(list(first)), threshold)
    return sorted([*found, *(NearDuplicate(places[one], places[two], alike) for one, two, alike in pairs)])


def _own_shingles(texts: Sequence[str]) -> list[set[str]]:
    sets = [{text[at : at + WIDTH] for at in range(max(len(text) - WIDTH + 1, 1))} for text in texts]
    if len(texts) < _FEW:
        return sets
    counts = Counter(each for shingles in sets for each in shingles)
    template = {shingle for shingle, n in counts.items() if n > _TEMPLATE * len(texts)}
    return [shingles - template for shingles in sets]


def _similar_sets(sets: Sequence[set[str]], threshold: float) -> Iterator[NearDuplicate]:
    counts = Counter(each for shingles in sets for each in shingles)
    holders: dict[str, list[int]] = defaultdict(list)
    for place in sorted(range(len(sets)), key=lambda place: len(sets[place])):
        size = len(sets[place])
        # The rarest first; ties in a fixed order.
        rarest = sorted(sets[place], key=lambda each: (counts[each], each))[: _prefix(size, threshold)]
        near = {other for shingle in rarest for other in holders[shingle]}
        for shingle in rarest:
            holders[shingle].append(place)
        # Sizes rise, so that the other is the smaller set.
        for other in near:
            if len(sets[other]) >= threshold * size:
                shared = len(sets[place] & sets[other])
                similarity = shared / (size + len(sets[other]) - shared)
                if similarity >= threshold:
                    yield NearDuplicate(min(place, other), max(place, other), similarity)


def _prefix(size: int, threshold: float) -> int:
    return size - ceil(threshold * size) + 1 if size else 0

"""Words that the inputs of lost samples have more often than the others: what these samples are about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from evalkit.core.frozen import frozen
from evalkit.stats.fisher import fisher_greater

#: Of a long input, so many characters from either end are read.
_END_CHARS = 600
#: Inputs that are read of the lost samples, and of the others: evenly over the dataset.
_MOST = (1500, 3000)
#: The chance that a set of samples that has nothing of its own is given a word.
_ALPHA = 0.01
_MOST_TESTED = 60
_LEAST_LOST = 3
_WORD = re.compile(r"[^\W\d_][\w'\-]{2,}")


@frozen(slots=True)
class TellingWord:
    """A word, in lower case, and the places of the lost samples that have it."""

    word: str
    places: tuple[int, ...]


def telling_words(lost: Sequence[str], others: Sequence[str], most: int = 3) -> list[TellingWord]:
    """The words that stand out, the one of most lost samples first.

    Each is tested by Fisher's exact test, one-sided; the level is shared over all words that lost samples
    have often enough (Bonferroni). A word that stands in the same samples as one before it is left out.
    """
    mine, theirs = (_thinned(texts, n) for texts, n in zip((lost, others), _MOST, strict=True))
    words_of = [_words(lost[place]) for place in mine]
    counts = Counter(word for words in words_of for word in words)
    before = Counter(word for place in theirs for word in _words(others[place]))
    frequent = [word for word, n in counts.items() if n >= _LEAST_LOST]
    n_lost, n_others = len(mine), len(theirs)
    lift = {word: counts[word] / n_lost - before[word] / max(n_others, 1) for word in frequent}
    best = sorted((w for w in frequent if lift[w] > 0), key=lambda w: (-lift[w], w))[:_MOST_TESTED]
    level = _ALPHA / max(len(frequent), 1)
    found: list[TellingWord] = []
    taken: set[int] = set()
    for word in best:
        if fisher_greater(counts[word], n_lost, before[word], n_others) > level:
            continue
        places = {mine[at] for at, words in enumerate(words_of) if word in words}
        if len(places - taken) < max(_LEAST_LOST, len(places) / 2):
            continue
        taken |= places
        found.append(TellingWord(word, _places(word, lost)))
        if len(found) == most:
            break
    return found


def _places(word: str, texts: Sequence[str]) -> tuple[int, ...]:
    # Looking for the letters first spares most texts their taking apart.
    return tuple(at for at, text in enumerate(texts) if word in text.lower() and word in _words(text))


def _thinned(texts: Sequence[str], most: int) -> Sequence[int]:
    return range(0, len(texts), max(-(-len(texts) // most), 1))


def _words(text: str) -> set[str]:
    if len(text) > 2 * _END_CHARS:
        text = f"{text[:_END_CHARS]} {text[-_END_CHARS:]}"
    return set(_WORD.findall(text.lower()))

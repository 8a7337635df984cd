"""n-grams of many texts at once: who holds which, and how often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.integer[Any]]
Bools = npt.NDArray[np.bool_]

#: Bits of a key, the sign left out.
_KEY_BITS = 63


@dataclass(frozen=True)
class FlatTexts:
    """Token numbers of many texts in one array.

    Attributes:
        tokens: (m,) token numbers from 0, text after text.
        texts: (m,) which text each token stands in.
        lengths: (t,) tokens of each text.
    """

    tokens: Ints
    texts: Ints
    lengths: Ints

    @classmethod
    def of(cls, texts: Sequence[Sequence[int]]) -> FlatTexts:
        """Texts as they are, empty ones included."""
        lengths = np.fromiter(map(len, texts), np.int32, len(texts))
        tokens = np.fromiter(chain.from_iterable(texts), np.int32, int(lengths.sum()))
        return cls(tokens, np.repeat(np.arange(len(texts), dtype=np.int32), lengths), lengths)

    def lists(self) -> list[list[int]]:
        """The tokens of each text."""
        tokens, ends = self.tokens.tolist(), np.cumsum(self.lengths).tolist()
        return [tokens[a:b] for a, b in zip([0, *ends], ends, strict=False)]


@dataclass(frozen=True)
class Grams:
    """The different n-grams of each text, sorted by n-gram and then by text; all arrays have length e.

    Attributes:
        grams: number of the n-gram, from 0 without gaps.
        texts: the text that holds it.
        counts: how often it does.
        positions: where in the flat tokens it stands first.
    """

    grams: Ints
    texts: Ints
    counts: Ints
    positions: Ints


def each_order(flat: FlatTexts, n: int, useful: Bools | None = None) -> Iterator[Grams]:
    """The Grams of order 1 to n.

    Args:
        useful: (m,) an n-gram counts only if all its tokens do; by default all of them.
    """
    tokens = _dense(flat.tokens)
    width = max(1, int(tokens.max(initial=0)).bit_length())
    keys, n_bits, is_whole = tokens, width, useful
    for order in range(1, n + 1):
        if order > 1:
            if n_bits + width > _KEY_BITS:
                keys = np.unique(keys, return_inverse=True)[1]
                n_bits = max(1, int(keys.max(initial=0)).bit_length())
            keys = (keys[:-1].astype(np.int64) << width) | tokens[order - 1 :]
            n_bits += width
            if is_whole is not None and useful is not None:
                is_whole = is_whole[:-1] & useful[order - 1 :]
        is_inside = flat.texts[: len(keys)] == flat.texts[order - 1 :]
        places = np.flatnonzero(is_inside if is_whole is None else is_inside & is_whole).astype(np.int32)
        yield _counted(keys[places], places, flat.texts)


def _counted(keys: Ints, places: Ints, texts: Ints) -> Grams:
    # Stable: places stay in order within an n-gram, and so do texts.
    order = np.argsort(keys, kind="stable")
    keys, places = keys[order], places[order]
    holders = texts[places]
    is_new_gram = _changes(keys)
    starts = np.flatnonzero(is_new_gram | _changes(holders))
    return Grams(
        np.cumsum(is_new_gram, dtype=np.int32)[starts] - 1,
        holders[starts],
        np.diff(starts, append=len(keys)).astype(np.int32),
        places[starts],
    )


def _changes(values: Ints) -> Bools:
    """(k,) whether each value differs from the one before it; the first one does."""
    changes = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=changes[1:])
    return changes


def _dense(tokens: Ints) -> Ints:
    """Token numbers without gaps."""
    is_there = np.zeros(int(tokens.max(initial=-1)) + 1, np.bool_)
    is_there[tokens] = True
    return (np.cumsum(is_there, dtype=np.int32) - 1)[tokens]

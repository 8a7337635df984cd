"""Lengths of longest common subsequences, many pairs at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from evalkit.metrics.captions.engine.ngrams import FlatTexts

Lengths = npt.NDArray[np.int64]
_Words = npt.NDArray[np.uint64]

#: Tokens that the bits of a word have room for, one bit kept for the carry.
_MOST_BITS = 63
#: Pairs that are held at once.
_CHUNK = 1 << 14
_BITS_OF_BYTE = np.array([bin(byte).count("1") for byte in range(256)], dtype=np.int64)


def common_lengths(texts: FlatTexts, others: FlatTexts, owners: npt.NDArray[np.int64]) -> Lengths:
    """(m,) the longest common subsequence of each of m ``others`` with the text that ``owners`` (m,) names.

    Bit-parallel rows of the table of subsequences (Hyyrö 2004), a row of many pairs at a time; pairs with a
    text of more than 63 tokens one by one, by the same rule over integers without bound.
    """
    found = np.zeros(len(owners), dtype=np.int64)
    is_short = (texts.lengths <= _MOST_BITS)[owners]
    # Pairs of like lengths together: each is done after as many rows as it has tokens.
    pairs = np.flatnonzero(is_short)
    pairs = pairs[np.argsort(-others.lengths[pairs], kind="stable")]
    for start in range(0, len(pairs), _CHUNK):
        chunk = pairs[start : start + _CHUNK]
        found[chunk] = _short_lengths(texts, others, owners[chunk], chunk)
    for pair in np.flatnonzero(~is_short):
        found[pair] = common_length(_text(texts, int(owners[pair])), _text(others, int(pair)))
    return found


def common_length(text: Sequence[int], other: Sequence[int]) -> int:
    """Tokens of the longest common subsequence of two texts."""
    bits: dict[int, int] = {}
    for place, token in enumerate(text):
        bits[token] = bits.get(token, 0) | 1 << place
    row = ones = (1 << len(text)) - 1
    for token in other:
        shared = row & bits.get(token, 0)
        row = (row + shared) | (row - shared)
    return len(text) - (row & ones).bit_count()


def _short_lengths(texts: FlatTexts, others: FlatTexts, owners: Lengths, pairs: Lengths) -> Lengths:
    """The same for pairs whose ``others`` get shorter from one to the next."""
    table = _padded(texts, owners)
    lengths = others.lengths[pairs].astype(np.int64)
    starts = _starts(others)[pairs]
    row = np.full(len(owners), np.iinfo(np.uint64).max, dtype="<u8")
    for place in range(int(lengths[0])):
        n = int(np.searchsorted(-lengths, -place, side="left"))
        tokens = others.tokens[starts[:n] + place].astype(np.int32)
        # The places at which a text has the token, as the bits of one number.
        matches = np.packbits(table[:n] == tokens[:, np.newaxis], axis=1, bitorder="little").view("<u8")[:, 0]
        shared = row[:n] & matches
        row[:n] = (row[:n] + shared) | (row[:n] - shared)
    n_tokens = texts.lengths[owners].astype(np.int64)
    ones = (np.uint64(1) << n_tokens.astype(np.uint64)) - np.uint64(1)
    left: Lengths = n_tokens - _bit_counts(row & ones)
    return left


def _padded(texts: FlatTexts, numbers: Lengths) -> npt.NDArray[np.int32]:
    """(n, 64) the tokens of the texts of these numbers, -1 behind the end."""
    lengths = texts.lengths[numbers].astype(np.int64)
    places = np.arange(_MOST_BITS + 1)
    is_inside = places < lengths[:, np.newaxis]
    table = np.full(is_inside.shape, -1, dtype=np.int32)
    table[is_inside] = texts.tokens[np.repeat(_starts(texts)[numbers], lengths) + np.nonzero(is_inside)[1]]
    return table


def _text(texts: FlatTexts, number: int) -> list[int]:
    start = int(_starts(texts)[number])
    tokens: list[int] = texts.tokens[start : start + int(texts.lengths[number])].tolist()
    return tokens


def _starts(texts: FlatTexts) -> Lengths:
    return np.cumsum(texts.lengths, dtype=np.int64) - texts.lengths


def _bit_counts(words: _Words) -> Lengths:
    counts: Lengths = _BITS_OF_BYTE[words.view(np.uint8).reshape(len(words), 8)].sum(axis=1)
    return counts

"""Longest common subsequences of many pairs, against the table of the textbook."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evalkit.metrics.captions.engine.common_subsequence import common_length, common_lengths
from evalkit.metrics.captions.engine.ngrams import FlatTexts

TEXTS = st.lists(st.integers(0, 5), max_size=80)


def textbook(text: list[int], other: list[int]) -> int:
    row = [0] * (len(other) + 1)
    for token in text:
        before = row[:]
        for place, another in enumerate(other, 1):
            row[place] = before[place - 1] + 1 if token == another else max(before[place], row[place - 1])
    return row[-1]


@given(text=TEXTS, other=TEXTS)
def test_one_pair_is_as_in_the_table(text: list[int], other: list[int]) -> None:
    assert common_length(text, other) == textbook(text, other)


@given(
    texts=st.lists(TEXTS, min_size=1, max_size=6), others=st.lists(TEXTS, max_size=8), seed=st.integers(0, 99)
)
def test_many_pairs_are_as_in_the_table_long_texts_and_empty_ones_included(
    texts: list[list[int]], others: list[list[int]], seed: int
) -> None:
    owners = np.random.default_rng(seed).integers(0, len(texts), len(others))
    found = common_lengths(FlatTexts.of(texts), FlatTexts.of(others), owners)
    assert found.tolist() == [textbook(texts[o], other) for o, other in zip(owners, others, strict=True)]

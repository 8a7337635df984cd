"""Near-duplicates against every pair computed by hand."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from evalkit.items.duplicates import WIDTH, NearDuplicate, near_duplicates


def jaccard(one: str, other: str) -> float:
    sets = [{text[i : i + WIDTH] for i in range(len(text) - WIDTH + 1)} for text in (one, other)]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


@pytest.mark.parametrize("threshold", [0.5, 0.65, 0.8])
def test_no_pair_is_missed_and_none_is_too_many(threshold: float) -> None:
    draw = random.Random(3)
    words = [f"word{i}" for i in range(200)]
    texts = [" ".join(draw.choices(words, k=20)) for _ in range(30)]
    for text in texts[:20]:
        changed = text.split()
        for _ in range(draw.randint(1, 5)):
            changed[draw.randrange(20)] = draw.choice(words)
        texts.append(" ".join(changed))
    # Shingles of "word" are in all texts: the template.
    own = [text.replace("word", "") for text in texts]
    expected = {(i, j) for i, j in combinations(range(len(own)), 2) if jaccard(own[i], own[j]) >= threshold}
    found = {(first, second): alike for first, second, alike in near_duplicates(own, threshold)}
    assert set(found) == expected
    assert expected
    for (i, j), alike in found.items():
        assert alike == pytest.approx(jaccard(own[i], own[j]))


def test_case_and_white_space_do_not_count() -> None:
    assert near_duplicates(["Is  the sky BLUE?", "why", "is the sky\nblue?"]) == [NearDuplicate(0, 2, 1.0)]


def test_a_template_makes_no_texts_alike() -> None:
    template = "Given a long instruction that all samples share, say whether this number is prime: "
    assert near_duplicates([template + str(n) for n in (17_077, 10_007, 48_611, 86_028, 55_219)]) == []


def test_many_equal_texts_are_each_paired_with_the_first_alone() -> None:
    assert near_duplicates(["the same text"] * 4) == [NearDuplicate(0, place, 1.0) for place in (1, 2, 3)]

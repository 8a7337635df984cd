"""Who reviews what: as many as were asked for, all alike, and always the same."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.review.assignment import assign

ITEMS = [f"item-{i}" for i in range(60)]


def per_item(given: dict[str, tuple[str, ...]]) -> Counter[str]:
    return Counter(item for its in given.values() for item in its)


@settings(max_examples=30, deadline=None)
@given(
    n=st.integers(1, 60), n_reviewers=st.integers(1, 6), overlap=st.integers(1, 4), seed=st.text(max_size=4)
)
def test_each_item_has_its_reviewers_and_all_reviewers_get_as_much(
    n: int, n_reviewers: int, overlap: int, seed: str
) -> None:
    reviewers = [f"reviewer-{i}" for i in range(n_reviewers)]
    given = assign(ITEMS[:n], reviewers, overlap, seed, {})
    assert set(per_item(given).values()) == {min(overlap, n_reviewers)}
    loads = [len(its) for its in given.values()]
    assert max(loads) - min(loads) <= 1


def test_the_same_seed_gives_the_same_and_another_one_other_items() -> None:
    first = assign(ITEMS, ["a", "b", "c"], 1, "seed", {})
    assert first == assign(ITEMS, ["a", "b", "c"], 1, "seed", {})
    assert first != assign(ITEMS, ["a", "b", "c"], 1, "other", {})


def test_who_joins_later_gets_what_is_left_and_nobody_loses_what_they_did() -> None:
    done = {item: {"a", "b"} for item in ITEMS[:30]}
    given = assign(ITEMS, ["a", "b", "late"], 2, "seed", done)
    assert set(ITEMS[:30]) <= set(given["a"]) & set(given["b"])
    assert set(given["late"]) == set(ITEMS[30:])
    assert set(per_item(given).values()) == {2}


def test_what_somebody_who_left_did_still_counts() -> None:
    given = assign(ITEMS, ["a"], 2, "seed", {ITEMS[0]: {"gone", "gone too"}, ITEMS[1]: {"gone"}})
    assert ITEMS[0] not in given["a"]
    assert ITEMS[1] in given["a"]


def test_items_come_in_the_order_of_the_project() -> None:
    given = assign(ITEMS, ["a", "b"], 1, "seed", {})
    assert all(list(its) == sorted(its, key=ITEMS.index) for its in given.values())

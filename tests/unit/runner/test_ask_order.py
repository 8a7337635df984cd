"""The random order of a run that may stop early."""

from __future__ import annotations

from collections import Counter
from math import factorial

from evalkit.runner.ask_order import ask_order


def test_the_seed_and_the_dataset_fix_the_order() -> None:
    assert ask_order(50, "d", "run-1") == ask_order(50, "d", "run-1")
    assert sorted(ask_order(50, "d", "run-1")) == list(range(50))
    assert (
        len({tuple(ask_order(50, *each)) for each in (("d", "run-1"), ("d", "run-2"), ("e", "run-1"))}) == 3
    )


def test_the_order_of_a_seed_is_the_same_on_every_machine() -> None:
    assert ask_order(8, "9f86d081", "20261128-184442-6698") == [2, 1, 6, 4, 3, 0, 7, 5]


def test_every_order_is_as_likely_as_any_other() -> None:
    n = 4_800
    seen = Counter(tuple(ask_order(4, "d", str(seed))) for seed in range(n))
    expected = n / factorial(4)
    chi_squared = sum((count - expected) ** 2 / expected for count in seen.values())
    assert len(seen) == 24
    assert chi_squared < 49.7  # the 0.999 quantile of 23 degrees of freedom

"""Which names one may have meant."""

from __future__ import annotations

import pytest

from evalkit.core.near_names import near_names, slips


@pytest.mark.parametrize("seen", ["mian", "mainn", "man", "Main", "MAIN", "maim", "main2", "main-", "m-ain"])
def test_a_slip_of_the_keyboard_is_near(seen: str) -> None:
    assert near_names(seen, ["main", "nightly"]) == ["main"]


@pytest.mark.parametrize(
    "seen, known",
    [
        ("develop", "main"),
        ("main", "domain"),
        ("prod-eu", "prod"),
        ("staging-us", "staging-eu"),
        ("v1.3", "v1.2"),
        ("2026-11-28", "2026-11-27"),
        ("run-12", "run-3"),
        ("b", "a"),
        ("", "main"),
        ("main", "main"),
    ],
)
def test_another_name_is_not(seen: str, known: str) -> None:
    assert near_names(seen, [known]) == []


@pytest.mark.parametrize(
    "seen, known", [("release-candiate", "release-candidate"), ("nigthly-gpt", "nightly-gpt"),
                    ("prodctoin", "production")]
)  # fmt: skip
def test_long_names_may_have_more_slips_and_parts_are_held_apart(seen: str, known: str) -> None:
    assert near_names(seen, [known]) == [known]


@pytest.mark.parametrize(
    "seen, known, n",
    [("", "", 0), ("ca", "abc", 3), ("kitten", "sitting", 3), ("abcd", "abdc", 1), ("abc", "", 3)],
)
def test_the_distance_is_that_of_optimal_string_alignment(seen: str, known: str, n: int) -> None:
    assert slips(seen, known) == slips(known, seen) == n

"""What was changed in a text is shown by its words."""

from __future__ import annotations

import pytest

from evalkit.cache.word_changes import word_changes


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a b c", "a b c", []),
        ("a  b", "a b", []),
        ("Greet Ada now", "Greet Bob now", ["Greet [-Ada-] {+Bob+} now"]),
        ("a b", "a b c", ["a b {+c+}"]),
        ("a b c", "b c", ["[-a-] b c"]),
        ("", "a", ["{+a+}"]),
        ("1 2 3 4 5 6 x 7 8 9 10 11", "1 2 3 4 5 6 y 7 8 9 10 11", ["… 3 4 5 6 [-x-] {+y+} 7 8 9 10 …"]),
    ],
)
def test_changes_stand_between_their_neighbours(old: str, new: str, expected: list[str]) -> None:
    assert word_changes(old, new) == expected


def test_many_changes_are_counted() -> None:
    old = [str(n) for n in range(300)]
    new = ["x" if n % 30 == 0 else word for n, word in enumerate(old)]
    lines = word_changes(" ".join(old), " ".join(new))
    assert (len(lines), lines[-1]) == (7, "… and 4 more places")


def test_texts_with_too_much_between_are_told_by_length() -> None:
    old, new = (" ".join(f"{letter}{n}" for n in range(2000)) for letter in "ab")
    assert word_changes(f"x {old}", f"x {new}") == ["from word 1 on: 2,001 words became 2,001"]

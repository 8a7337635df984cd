"""The compact letter display, against what R's multcompView prints for the examples of its help page."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from evalkit.comparisons.leaderboard.letters import letters, tie_groups

#: multcompLetters(dist(USJudgeRatings), compare = ">", threshold = median(dist(USJudgeRatings))): letters of
#: 43 judges, in order, as the help page of multcompView prints them.
JUDGES = """
abcdefg abhijkl abcdefghijmnop hkl qr abhijkl s q hikl hijmno abcdefgjmnopt cdfpt acdefp tuv abceghijmn
abcdefgjmnoptu ptuw cdefgmnoptu abcefghijmno wx cdfptu dptuw rv abcdefgjmno hikls kls abceghijklmn hikls
abeghijklmn k bghijmn abcefgijmno hijklm hikl qrx hijklmns abceghijmn abcefghijmno dfoptuw hijlmn uw
abceghijklmn cdefgnoptu
"""


def shown(names: str, apart: list[str]) -> dict[str, str]:
    pairs = [(names.index(pair[0]), names.index(pair[1])) for pair in apart]
    return dict(zip(names, letters(len(names), tie_groups(len(names), pairs)), strict=True))


def test_three_with_one_difference() -> None:
    assert shown("ABC", ["BC"]) == {"A": "ab", "B": "a", "C": "b"}


def test_four_with_three_differences() -> None:
    assert shown("abcd", ["ab", "ac", "bd"]) == {"a": "a", "b": "b", "c": "bc", "d": "ac"}


def test_forty_three_judges_get_the_groups_of_multcompview() -> None:
    judges = JUDGES.split()
    n = len(judges)
    apart = [(i, j) for i, j in combinations(range(n), 2) if not set(judges[i]) & set(judges[j])]
    published = {tuple(i for i in range(n) if letter in judges[i]) for letter in set("".join(judges))}
    assert n == 43
    assert set(tie_groups(n, apart)) == published


@given(st.integers(1, 7), st.data())
def test_two_share_a_letter_exactly_where_they_are_not_apart(n: int, data: st.DataObject) -> None:
    pairs = list(combinations(range(n), 2))
    apart = data.draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    found = letters(n, tie_groups(n, apart))
    assert [pair for pair in pairs if not set(found[pair[0]]) & set(found[pair[1]])] == sorted(apart)


def test_nobody_apart_is_one_group_and_everybody_apart_is_one_each() -> None:
    assert letters(3, tie_groups(3, [])) == ["a", "a", "a"]
    assert letters(3, tie_groups(3, [(0, 1), (2, 0), (1, 2)])) == ["a", "b", "c"]


def test_beyond_the_alphabet_letters_are_numbered() -> None:
    everybody = list(combinations(range(27), 2))
    found = letters(27, tie_groups(27, everybody))
    assert (found[0], found[25], found[26]) == ("a1", "z1", "a2")

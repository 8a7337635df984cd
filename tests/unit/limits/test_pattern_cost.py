from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.limits.pattern_cost import safe_chars

EXPONENTIAL = [
    r"(a+)+$",
    r"(a*)*b",
    r"(a|a)*b",
    r"(a|aa)+$",
    r"(a|a?)+$",
    r"(x+x+)+y",
    r"(?:\s*\w+)*$",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(.*?,){11}P",
    r"(?i)(Kx|\u212ax)*!",
    r"(?:é+)+x",
    r"([^,]+)+,",
    r"(?:(?:ab)*)*c",
    r"(\w+\d*)*!",
    r"(?=(a+)+b)a",
    r"((a{1,10}){1,10}){1,10}b",
    r"(?s)(?:.*)*x",
    "a?" * 40 + "a" * 40,
    "(?:a|b|ab)" * 40 + "c",
]
POLYNOMIAL = [r".*.*.*=", r"\s*\s*\s*\s*x", r"\w*\d*\w*\d*!", r"(?:a*)(?:a*)(?:a*)b", r"a*?a*?a*?b"]
ORDINARY = [
    r"#### (\-?[0-9\.\,]+)",
    r"(-?[$0-9.,]{2,})|(-?[0-9]+)",
    r"The (?:best )?answer is:? \(?([A-D])\)?",
    r"^\s*(yes|no)\b",
    r"\[\[([A-C])\]\]",
    r"\\boxed\{([^}]*)\}",
    r"(?i)answer\s*:\s*(\S+)",
    r"(a|b)*c",
    r"(?:\d+,)*x",
    r"\w+@\w+\.com",
    r"^(?:(?:a|b)+x)*$",
]


@pytest.mark.parametrize("pattern", EXPONENTIAL)
def test_a_pattern_that_can_take_exponential_time_is_trusted_with_few_characters(pattern: str) -> None:
    assert safe_chars(re.compile(pattern)) <= 20


@pytest.mark.parametrize("pattern", POLYNOMIAL)
def test_a_pattern_of_high_degree_is_trusted_with_few_characters(pattern: str) -> None:
    assert safe_chars(re.compile(pattern)) <= 200


@pytest.mark.parametrize("pattern", ORDINARY)
def test_an_ordinary_pattern_is_trusted_with_a_long_answer(pattern: str) -> None:
    assert safe_chars(re.compile(pattern)) >= 5_000


def test_a_repeat_at_the_end_adds_no_ways_as_nothing_after_it_can_fail() -> None:
    assert safe_chars(re.compile(r"x(.*)")) > 10 * safe_chars(re.compile(r"x(.*)y"))


def test_a_possessive_repeat_gives_nothing_back() -> None:
    assert safe_chars(re.compile(r"x.*+y")) > 10 * safe_chars(re.compile(r"x.*y"))


@pytest.mark.parametrize("pattern", [r"(?<=a)b", r"(a)(?(1)b|c)", r"(?P<n>a)(?P=n)", r"(?>a+)b", r"\A\Z", ""])
def test_every_form_has_a_bound(pattern: str) -> None:
    assert safe_chars(re.compile(pattern)) > 1_000


_PIECES = [
    "a",
    "b",
    ".",
    r"\w",
    r"\d",
    r"\s",
    "[ab]",
    "[^a]",
    "(?:",
    ")",
    "(",
    "|",
    "*",
    "+",
    "?",
    "{2,3}",
    "$",
    "^",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
def test_any_pattern_has_a_bound_and_within_it_a_search_ends(pattern: str) -> None:
    try:
        compiled = re.compile(pattern)
    except re.error:
        return
    n = min(safe_chars(compiled), 400)
    compiled.search("a" * n + "!")
    assert n >= 0

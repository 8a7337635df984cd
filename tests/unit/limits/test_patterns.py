from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import LimitError
from evalkit.limits import helper
from evalkit.limits.patterns import BoundedPattern

# None of these may be trusted, so that all of them are asked in the helper.
PATTERNS = [r"(?:(a)|(?P<b>b)|\s)*?(c|$)", r"(?i)(?:\w|é)*(É)", r"((?:.*)*)x\Z", r"(\d+(?:,\d+)*)*$"]
TEXTS = st.text(alphabet="ab cxéÉ\n1,\ud800\u212a", max_size=12)


def in_helper(pattern: str, flags: int = 0) -> BoundedPattern:
    made = BoundedPattern.of(pattern, flags)
    made._safe_chars = -1
    return made


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PATTERNS), TEXTS)
def test_the_helper_answers_as_re_does(pattern: str, text: str) -> None:
    here, there = re.compile(pattern), in_helper(pattern)
    match, found = here.search(text), there.first(text)
    assert (match is None) == (found is None)
    if match is not None and found is not None:
        assert found.groups() == match.groups()
        assert [found[i] for i in range(here.groups + 1)] == [match[i] for i in range(here.groups + 1)]
        assert [found[name] for name in here.groupindex] == [match[name] for name in here.groupindex]
    assert there.every(text) == here.findall(text)
    assert there.replaced(text, r"<\g<0>>") == here.sub(r"<\g<0>>", text)
    last = list(here.finditer(text))
    found = there.last(text)
    assert (found[0] if found else None) == (last[-1][0] if last else None)


def test_flags_reach_the_helper() -> None:
    assert in_helper("É", re.IGNORECASE).first("é") is not None
    assert in_helper("É", re.IGNORECASE | re.ASCII).first("é") is None


def test_a_wrong_template_is_an_error_that_names_the_pattern() -> None:
    with pytest.raises(LimitError, match=r"pattern 'a' failed: .*invalid group reference"):
        in_helper("a").replaced("a", r"\9")


def test_a_helper_that_died_is_told_and_the_next_call_has_a_new_one() -> None:
    with pytest.raises(LimitError, match="the helper process ended"):
        helper.call("os:_exit", 3, what="it")
    assert in_helper("a").first("a") is not None


def test_what_a_function_raises_is_told() -> None:
    with pytest.raises(LimitError, match=r"it failed: ZeroDivisionError"):
        helper.call("operator:truediv", 1, 0, what="it")


def test_once_too_many_calls_were_late_no_more_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helper, "_n_late", helper.MOST_LATE)
    with pytest.raises(LimitError, match=r"is not tried"):
        in_helper("a").first("a")

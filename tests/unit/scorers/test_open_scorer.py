"""From a task's words to a scorer."""

from __future__ import annotations

import pytest

from evalkit.core.task import ScorerSpec
from evalkit.errors import TaskError, UnknownNameError
from evalkit.scorers.open import open_scorer


def test_an_unknown_name_says_what_is_near() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown scorer 'exactmatch' \(did you mean exact_match"):
        open_scorer(ScorerSpec("exactmatch"))


def test_an_unknown_parameter_names_scorer_parameter_and_what_is_near() -> None:
    with pytest.raises(
        TaskError, match=r"scorer 'exact_match' has no parameter 'ignorecase' \(did you mean ignore_case"
    ):
        open_scorer(ScorerSpec("exact_match", {"ignorecase": True}))


def test_an_internal_field_is_no_parameter() -> None:
    with pytest.raises(TaskError, match="has no parameter '_patterns'"):
        open_scorer(ScorerSpec("exact_match", {"_patterns": ()}))


@pytest.mark.parametrize(
    "name, params, message",
    [
        ("exact_match", {"ignore_case": "yes"}, "ignore_case 'yes' is not true or false"),
        ("exact_match", {"ignore_case": 1}, "ignore_case 1 is not true or false"),
        ("contains", {"which": "some"}, "which 'some' is not one of any, all"),
        ("numeric", {"abs_tol": "small"}, "abs_tol 'small' is not a number"),
        ("numeric", {"abs_tol": True}, "abs_tol true is not a number"),
        ("json_fields", {"fields": 3}, "fields 3 is not a list"),
        ("json_fields", {"fields": ["a", 3]}, "is not a list of which each entry is a text"),
        ("regex", {"pattern": "a", "group": 1.5}, "group 1.5 is not a whole number or a text"),
    ],
)
def test_a_value_that_does_not_fit_says_what_would(
    name: str, params: dict[str, object], message: str
) -> None:
    with pytest.raises(TaskError) as caught:
        open_scorer(ScorerSpec(name, params))
    assert message in str(caught.value)


def test_a_signature_names_what_was_set_and_leaves_defaults_out() -> None:
    assert open_scorer(ScorerSpec("exact_match")).signature == "exact_match"
    loose = open_scorer(ScorerSpec("exact_match", {"ignore_case": True, "regexes_to_ignore": ["a"]}))
    assert loose.signature == 'exact_match(ignore_case=true,regexes_to_ignore=["a"])'


def test_a_signature_is_one_line_even_where_a_parameter_is_not() -> None:
    assert open_scorer(ScorerSpec("regex", {"pattern": "a\nb"})).signature == r'regex(pattern="a\nb")'


def test_a_parameter_set_to_its_default_leaves_the_signature_alone() -> None:
    assert open_scorer(ScorerSpec("choice", {"normalize": "none"})).signature == "choice"

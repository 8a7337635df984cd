"""numeric reads numbers as people write them."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evalkit.errors import ScorerError, TaskError
from evalkit.scorers.match.engine.number import last_number, read_numbers
from evalkit.scorers.match.numeric import number_text
from tests.unit.scorers.scoring import score_of


@pytest.mark.parametrize(
    "text, numbers",
    [
        ("The answer is 42.", [42]),
        ("1,234,567.89 in all", [1234567.89]),
        ("1'234'567", [1234567]),
        ("1\u202f234\u00a0567", [1234567]),
        ("1_000", [1000]),
        ("12,34", [12, 34]),
        ("1,2,3", [1, 2, 3]),
        ("-5, \u22126, +7", [-5, -6, 7]),
        ("5-3", [5, 3]),
        ("10\u201320 days", [10, 20]),
        ("10 - 3 = 7", [10, 3, 7]),
        ("(-2)", [-2]),
        ("x=-2", [-2]),
        ("f(2)-3", [2, 3]),
        ("page-3", [3]),
        ("-$5.50 or $-5.50", [-5.5, -5.5]),
        ("€1,000 and 20£", [1000, 20]),
        ("USD100", [100]),
        ("0.5 and .5 and -.5", [0.5, 0.5, -0.5]),
        ("5. Then 6.", [5, 6]),
        ("so...7", [7]),
        ("1e5, 1.5E-3", [100000.0, 0.0015]),
        ("3 × 10^8, 6.02 x 10^23", [3e8, 6.02e23]),
        (r"3 \times 10^{-2}", [0.03]),
        ("2 x 10", [2, 10]),
        ("50% of 3 %", [50, 3]),
        ("x2 GPT4 H2O", []),
        ("version 1.2.3", [1.2]),
        ("3rd, 5kg, 10x", [3, 5, 10]),
        ("3/4", [3, 4]),
        ("2024-01-05", [2024, 1, 5]),
        ("**72**", [72]),
        ("\\boxed{72}", [72]),
        ("", []),
        ("none", []),
    ],
)
def test_every_number_of_a_text_is_read(text: str, numbers: list[float]) -> None:
    assert list(read_numbers(text)) == numbers


@given(st.text(alphabet="0123456789.,-+−$eE%x^ a(_\u202f", max_size=30))
@example("9" * 5000)
@example("1e9999")
def test_reading_never_fails_and_the_last_is_the_last(text: str) -> None:
    numbers = list(read_numbers(text))
    assert last_number(text) == (numbers[-1] if numbers else None)


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_written_number_reads_back(number: float) -> None:
    assert last_number(f"so it is {number_text(number)}.") == number


@given(st.integers(min_value=0, max_value=10**15))
def test_thousands_separators_change_nothing(number: int) -> None:
    assert list(read_numbers(f"{number:,} or {number:_}")) == [number, number]


def test_the_last_number_is_the_answer_and_first_on_demand() -> None:
    assert score_of("numeric", "3 and 4 make 7", 7).answer == "7"
    assert score_of("numeric", "7, because 3 and 4", 7, which="first").value == 1


def test_without_tolerance_whole_numbers_must_be_equal_however_long() -> None:
    assert score_of("numeric", "12345678901234567890", "12345678901234567891").value == 0


@pytest.mark.parametrize(
    "output, params, value",
    [
        ("3.14", {"abs_tol": 0.01}, 1),
        ("3.2", {"abs_tol": 0.01}, 0),
        ("3.2", {"rel_tol": 0.02}, 1),
        ("3.2", {"rel_tol": 0.01}, 0),
        ("3.2", {"rel_tol": 0.01, "abs_tol": 0.1}, 1),
        ("3.151592653589793", {"abs_tol": 0.01}, 1),
    ],
)
def test_the_wider_tolerance_holds(output: str, params: dict[str, Any], value: float) -> None:
    assert score_of("numeric", output, 3.141592653589793, **params).value == value


def test_percent_is_passed_over_or_read_as_a_share() -> None:
    assert score_of("numeric", "50%", 50).value == 1
    assert score_of("numeric", "50 %", 0.5, percent="share").value == 1
    assert score_of("numeric", "0.5", "50%", percent="share").value == 1


def test_any_of_several_targets_is_right() -> None:
    assert score_of("numeric", "2", [1, "2"]).value == 1


def test_a_text_with_one_number_is_a_target() -> None:
    assert score_of("numeric", "72", "#### 72").value == 1


def test_no_number_is_value_zero_with_an_explanation_and_no_answer() -> None:
    score = score_of("numeric", "I do not know", 3)
    assert (score.value, score.answer, score.explanation) == (0, None, "no number in 'I do not know'")


@pytest.mark.parametrize("target", ["many", "1 of 2", None, True, math.nan, [], {"a": 1}])
def test_a_target_that_is_no_number_is_an_error_and_no_zero(target: object) -> None:
    with pytest.raises(ScorerError):
        score_of("numeric", "3", target)


def test_a_given_value_that_is_no_number_and_a_negative_tolerance_are_task_errors() -> None:
    with pytest.raises(TaskError, match="'many' is not a number"):
        score_of("numeric", "3", value="many")
    with pytest.raises(TaskError, match="negative"):
        score_of("numeric", "3", 3, abs_tol=-1)


def test_numbers_beyond_the_range_of_floats_compare_without_failing() -> None:
    assert score_of("numeric", "1e999", 3, abs_tol=0.5).value == 0
    assert score_of("numeric", "9" * 400, "9" * 400).value == 1

"""exact_str_match and its kin take a text out of the output as BIG-bench does, then compare."""

from __future__ import annotations

import pytest

from evalkit.errors import TaskError
from tests.unit.scorers.scoring import score_of


@pytest.mark.parametrize(
    "output, answer",
    [("five. Then more", "five"), (" five", " five"), ("\nfive\nsix", "five"), ("?!", ""), ("", "")],
)
def test_without_parameters_the_first_clause_is_the_answer(output: str, answer: str) -> None:
    assert score_of("exact_str_match", output, "x").answer == answer


def test_the_first_match_of_the_pattern_is_the_answer() -> None:
    assert score_of("exact_str_match", "= 42. 7*7 = 49", "42", output_regex=r"\d+").value == 1


def test_the_group_of_a_pattern_is_the_answer() -> None:
    assert score_of("exact_str_match", "17.", "17", output_regex=r"([-+]?\d+)[.]{0,1}$").value == 1


def test_no_match_is_an_empty_answer() -> None:
    assert score_of("exact_str_match", "none", "1", output_regex=r"\d+").answer == ""


def test_the_output_is_cut_behind_the_stop_string_unless_it_begins_with_it() -> None:
    assert score_of("exact_str_match", "It fell. Then", "x", stop_string=".").answer == "It fell."
    assert score_of("exact_str_match", ".It", "x", stop_string=".").answer == ".It"


def test_any_target_counts_and_white_space_and_case_do_too() -> None:
    targets = ["five", "5"]
    assert [score_of("exact_str_match", text, targets).value for text in ("5", "Five", " 5")] == [1, 0, 0]


def test_case_insensitive_passes_over_case_and_white_space() -> None:
    assert score_of("case_insensitive_str_match", " FIVE ", "five").value == 1


@pytest.mark.parametrize(
    "output, target, value",
    [
        ("11", "10", 1),
        ("11.2", "10", 0),
        ("-11", "-10", 1),
        ("-20", "-10", 0),
        ("0.1", "0", 1),
        ("ten", "10", 0),
    ],
)
def test_a_number_within_a_tenth_of_the_target_is_right(output: str, target: str, value: float) -> None:
    pattern = "[-.0-9a-z]+"
    assert (
        score_of("numeric_match_with_0_1_relative_error", output, target, output_regex=pattern).value == value
    )


def test_sequence_f1_counts_labels_at_their_places() -> None:
    values = [score_of("sequence_f1", text, "B I O O").value for text in ("B I O O", "B", "B I O O I", "O B")]
    assert values == [1, 0.75, 1, 0.5]


def test_a_pattern_of_two_groups_is_refused() -> None:
    with pytest.raises(TaskError, match="has 2 groups"):
        score_of("exact_str_match", "x", "x", output_regex="(a)(b)")

"""Metrics with one value for each group of samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from evalkit.comparisons.compare import compare
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.errors import MetricError
from tests.unit.metrics.observing import answered, metric, value_of


def grouped(targets: str, answers: str, groups: Sequence[str | None]) -> Observations:
    return replace(answered(list(targets), list(answers), scorer="choice"), groups=groups)


THREE = ["p", "p", "q", "r", "r"]


def test_group_em_is_the_share_of_groups_with_every_answer_right() -> None:
    assert value_of("group_em", grouped("yynyn", "yynyy", THREE)) == pytest.approx(2 / 3)


def test_group_parity_asks_only_whether_the_answers_are_the_same() -> None:
    assert value_of("group_parity", grouped("yynyn", "nnyyn", THREE)) == pytest.approx(2 / 3)


def test_rows_are_groups_so_that_intervals_and_tests_are_over_groups() -> None:
    table = metric("group_em").table(grouped("yynyn", "yynyy", THREE))
    assert table.sample_ids == ("p", "q", "r")
    assert table.rows.ravel().tolist() == [1, 1, 0]


def test_a_group_with_a_failed_answer_does_not_count_at_all() -> None:
    data = grouped("yynyn", "yynyn", THREE)
    data = replace(data, responses=[*data.responses[:4], Response(error="timeout")])
    table = metric("group_em").table(data)
    assert (table.sample_ids, table.n_failed) == (("p", "q"), 2)


def test_a_sample_without_a_group_is_a_group_of_its_own() -> None:
    table = metric("group_em").table(grouped("yyn", "yyn", ["p", None, None]))
    assert table.sample_ids == ("p", "s1", "s2")


def test_each_repeat_of_a_group_counts_for_itself() -> None:
    data = grouped("yyyy", "yyyn", ["p"] * 4)
    responses = [Response("x", repeat=repeat) for repeat in (0, 0, 1, 1)]
    assert value_of("group_em", replace(data, responses=responses)) == 0.5


def test_values_between_0_and_1_are_refused() -> None:
    data = replace(answered(["y"], ["y"], scorer="choice"), scores={"choice": [Score("choice", 0.5, "y")]})
    with pytest.raises(MetricError, match="needs values 0 or 1"):
        metric("group_em").table(data)


def test_nothing_is_unpaired_where_both_sides_have_all_groups() -> None:
    before, after = grouped("yynyn", "yynyy", THREE), grouped("yynyn", "nynyn", THREE)
    compared = compare(metric("group_em"), "group_em", before, after)
    assert (compared.n, compared.n_wins, compared.n_losses, compared.n_unpaired) == (3, 1, 1, 0)


def test_a_group_that_failed_on_one_side_is_unpaired() -> None:
    before, after = grouped("yynyn", "yynyy", THREE), grouped("yynyn", "nynyn", THREE)
    after = replace(after, responses=[Response(error="timeout"), *after.responses[1:]])
    compared = compare(metric("group_em"), "group_em", before, after)
    assert (compared.n, compared.n_unpaired) == (2, 1)


def test_multirc_by_hand_has_the_values_of_its_definition() -> None:
    """Three questions; F1 of the answer yes over all six answers is 2 * 2 / (3 + 3)."""
    data = grouped("ynynyn", "yyynnn", ["1", "1", "2", "2", "3", "3"])
    assert value_of("f1", data, positive="y") == pytest.approx(2 / 3)
    assert value_of("group_em", data) == pytest.approx(1 / 3)


def test_no_group_is_no_number() -> None:
    assert math.isnan(value_of("group_em", grouped("", "", [])))

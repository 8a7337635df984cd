"""Cohen's kappa is scikit-learn's, Krippendorff's alpha the package ``krippendorff``'s."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import krippendorff
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from evalkit.core.observations import Observations
from evalkit.errors import MetricError
from tests.unit.metrics.observing import answered, metric, value_of

SCALE = ("1", "2", "3", "4", "5")


def graded(seed: int, n: int = 80) -> tuple[list[str], list[str]]:
    rng = np.random.default_rng(seed)
    targets = rng.integers(1, 6, n)
    answers = np.clip(targets + rng.integers(-1, 2, n), 1, 5)
    return list(map(str, targets)), list(map(str, answers))


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_kappa_is_that_of_scikit_learn(weights: Any) -> None:
    targets, answers = graded(1)
    value = value_of("cohen_kappa", answered(targets, answers, labels=SCALE), weights=weights)
    assert value == pytest.approx(cohen_kappa_score(targets, answers, weights=weights), abs=1e-12)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_alpha_is_that_of_the_package(level: Any) -> None:
    targets, answers = graded(2)
    value = value_of("krippendorff_alpha", answered(targets, answers, labels=SCALE), level=level)
    data = np.array([targets, answers], dtype=float)
    assert value == pytest.approx(krippendorff.alpha(data, level_of_measurement=level), abs=1e-12)


def test_an_answer_that_is_no_label_disagrees_with_every_label() -> None:
    data = answered(["a", "b", "b", "a"], ["a", None, "what?", "b"], labels=("a", "b"))
    expected = cohen_kappa_score(["a", "b", "b", "a"], ["a", "x", "x", "b"])
    assert value_of("cohen_kappa", data) == pytest.approx(expected, abs=1e-12)
    raters = np.array([[0, 1, 1, 0], [0, 2, 2, 1]])
    expected = krippendorff.alpha(raters, level_of_measurement="nominal")
    assert value_of("krippendorff_alpha", data) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("level", ["ordinal", "interval"])
def test_on_a_scale_an_answer_without_a_place_counts_as_failed(level: str) -> None:
    table = metric("krippendorff_alpha", level=level).table(
        answered(["1", "2", "3"], ["1", "none", "2"], labels=SCALE)
    )
    assert (len(table.rows), table.n_failed) == (2, 1)


@pytest.mark.parametrize("name", ["cohen_kappa", "krippendorff_alpha"])
def test_where_all_say_the_same_there_is_no_value(name: str) -> None:
    assert math.isnan(value_of(name, answered(["a", "a"], ["a", "a"], labels=("a", "b"))))


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("cohen_kappa", {}),
        ("cohen_kappa", {"weights": "quadratic"}),
        ("krippendorff_alpha", {}),
        ("krippendorff_alpha", {"level": "ordinal"}),
        ("krippendorff_alpha", {"level": "interval"}),
    ],
)
def test_a_weight_counts_as_so_many_rows(name: str, params: dict[str, Any]) -> None:
    targets, answers = graded(3, n=20)
    measured = metric(name, **params)
    rows = measured.table(answered(targets, answers, labels=SCALE)).rows
    weights = np.random.default_rng(0).integers(0, 4, 20)
    (found, nothing) = measured.aggregate(rows, np.array([weights, np.zeros(20)], dtype=float))
    again = [np.repeat(each, weights).tolist() for each in (targets, answers)]
    assert found == pytest.approx(value_of(name, answered(*again, labels=SCALE), **params), abs=1e-12)
    assert math.isnan(nothing)


def test_the_cells_of_kappa_are_the_rows_of_their_pairs() -> None:
    measured = metric("cohen_kappa", weights="linear")
    rows = measured.table(answered(["1", "5"], ["5", "x"], labels=SCALE)).rows
    cells = measured.cells(rows)
    np.testing.assert_array_equal(cells[0, 4], rows[0])
    np.testing.assert_array_equal(cells[4, 5], rows[1])


def test_a_target_that_is_no_number_is_named() -> None:
    with pytest.raises(MetricError, match="target 'good' of sample 's0' is not a number"):
        value_of("krippendorff_alpha", answered(["good"], ["1"]), level="interval")


def test_too_many_steps_are_no_scale() -> None:
    targets = [str(i) for i in range(60)]
    with pytest.raises(MetricError, match="60 different targets are not a scale of steps"):
        value_of("krippendorff_alpha", answered(targets, targets), level="ordinal")


def in_both_orders(*pairs: tuple[str | None, str | None]) -> Observations:
    """Verdicts on pairs of answers, in one order and in the other."""
    answers = [answer for pair in pairs for answer in pair]
    data = answered(["A"] * len(answers), answers, labels=("A", "B", "tie"))
    return replace(data, groups=[str(i) for i in range(len(pairs)) for _ in range(2)])


@pytest.mark.parametrize(
    ("pair", "value"),
    [(("A", "B"), 1), (("B", "A"), 1), (("A", "A"), 0), (("tie", "tie"), 1), (("A", "tie"), 0)],
)
def test_a_pair_is_judged_alike_where_the_verdict_moves_with_the_answer(
    pair: tuple[str, str], value: float
) -> None:
    assert value_of("position_consistency", in_both_orders(pair)) == value


def test_a_verdict_that_cannot_be_read_is_never_alike() -> None:
    assert value_of("position_consistency", in_both_orders((None, None))) == 0


def test_a_pair_that_was_asked_in_one_order_counts_as_failed() -> None:
    whole = in_both_orders(("A", "B"), ("A", "A"))
    cut = replace(
        whole,
        sample_ids=whole.sample_ids[:3],
        targets=whole.targets[:3],
        responses=whole.responses[:3],
        scores={name: column[:3] for name, column in whole.scores.items()},
        groups=["0", "0", "1"],
    )
    table = metric("position_consistency").table(cut)
    assert (len(table.rows), table.n_failed) == (1, 1)


def test_more_than_two_orders_are_no_pair() -> None:
    data = replace(in_both_orders(("A", "B"), ("A", "B")), groups=["0"] * 4)
    with pytest.raises(MetricError, match="group '0' has 4 samples, not the two orders of a pair"):
        value_of("position_consistency", data)


def test_without_choices_the_places_have_to_be_named() -> None:
    data = replace(in_both_orders(("1", "2")), labels=None)
    with pytest.raises(MetricError, match="which labels change places"):
        value_of("position_consistency", data)
    assert value_of("position_consistency", data, places=["1", "2"]) == 1

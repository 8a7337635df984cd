"""Agreement equals scikit-learn and the package ``krippendorff``, and its intervals hold."""

from __future__ import annotations

from math import nan
from typing import Any

import krippendorff
import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, cohen_kappa_score

from evalkit.stats.agreement import (
    alpha_agreement,
    brier,
    cohen_kappa,
    confusion,
    constant_guesser,
    gwet_ac1,
    krippendorff_alpha,
    pair_agreement,
    percent_agreement,
    reliability,
)
from evalkit.stats.disagreement import Level, Weighting
from evalkit.stats.ratings import coded

LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval")


def two_raters(seed: int, n: int = 60, n_labels: int = 5) -> tuple[Any, Any]:
    """Labels of two raters who agree in about two of three items."""
    rng = np.random.default_rng(seed)
    a = rng.integers(0, n_labels, n)
    return a, np.where(rng.random(n) < 0.6, a, rng.integers(0, n_labels, n))


def number(value: float | None) -> float:
    assert value is not None
    return value


# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", the reliability data of section D:
# four observers, twelve units, with values missing.
PUBLISHED = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, nan, nan, nan],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, nan, 3],
    [nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, nan],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, nan],
]


@pytest.mark.parametrize(("level", "value"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_of_the_published_example(level: Level, value: float) -> None:
    assert krippendorff_alpha(PUBLISHED, level) == pytest.approx(value, abs=5e-4)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(5))
def test_alpha_equals_the_package_with_missing_values(level: Level, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 6, 80)
    values = np.stack([truth + rng.integers(-1, 2, 80) for _ in range(4)]).astype(np.float64)
    values[rng.random(values.shape) < 0.4] = nan
    expected = krippendorff.alpha(values, level_of_measurement=level)
    assert krippendorff_alpha(values, level) == pytest.approx(expected, abs=1e-12)


def test_alpha_of_an_interval_scale_equals_the_package_far_from_zero() -> None:
    rng = np.random.default_rng(3)
    truth = rng.normal(1e6, 1, 50)
    values = truth + rng.normal(0, 0.3, (3, 50))
    expected = krippendorff.alpha(values - 1e6, level_of_measurement="interval")
    assert krippendorff_alpha(values, "interval") == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
@pytest.mark.parametrize("seed", range(5))
def test_kappa_equals_scikit_learn(weights: Weighting | None, seed: int) -> None:
    a, b = two_raters(seed)
    given = np.random.default_rng(seed).uniform(0.5, 3, len(a))
    expected = cohen_kappa_score(a, b, weights=weights)
    assert cohen_kappa(a, b, weights) == pytest.approx(expected, abs=1e-12)
    expected = cohen_kappa_score(a, b, weights=weights, labels=range(7), sample_weight=given)
    weighed = cohen_kappa(a, b, weights, labels=range(7), item_weights=given)
    assert weighed == pytest.approx(expected, abs=1e-12)


def test_a_step_of_the_scale_that_nobody_gave_counts_where_it_is_named() -> None:
    a, b = [1, 1, 3, 3, 4, 4], [1, 3, 3, 4, 4, 1]
    assert cohen_kappa(a, b, "quadratic") != cohen_kappa(a, b, "quadratic", labels=range(1, 5))


def test_ac1_of_the_published_example_where_kappa_is_paradoxical() -> None:
    # Gwet 2002, "Kappa statistic is not satisfactory for assessing the extent of agreement between raters":
    # 118 items +/+, 5 +/-, 2 -/+, none -/-.
    a = ["+"] * 123 + ["-"] * 2
    b = ["+"] * 118 + ["-"] * 5 + ["+"] * 2
    assert gwet_ac1(a, b) == pytest.approx(0.9408, abs=5e-5)
    assert cohen_kappa(a, b) == pytest.approx(-0.0234, abs=5e-5)
    assert percent_agreement(a, b) == pytest.approx(118 / 125)


def test_labels_of_any_kind_give_the_same_figures() -> None:
    a, b = two_raters(1, n_labels=3)
    as_text = [np.array(["no", "unsure", "yes"])[each].tolist() for each in (a, b)]
    assert cohen_kappa(*as_text) == pytest.approx(cohen_kappa(a, b), abs=1e-12)
    assert gwet_ac1(*as_text) == pytest.approx(gwet_ac1(a, b), abs=1e-12)
    assert krippendorff_alpha(coded(as_text)) == pytest.approx(krippendorff_alpha([a, b]), abs=1e-12)


def test_items_that_one_did_not_label_are_left_out() -> None:
    a, b = ["x", "y", None, "x", "y"], ["x", "x", "y", nan, "y"]
    assert cohen_kappa(a, b) == cohen_kappa(["x", "y", "y"], ["x", "x", "y"])
    assert pair_agreement(a, b).n == 3


def test_confusion_has_the_first_rater_in_rows() -> None:
    labels, counts = confusion(["x", "x", "y"], ["y", "x", "y"])
    assert labels == ("x", "y")
    assert counts.tolist() == [[1, 1], [0, 1]]


@pytest.mark.parametrize(("a", "b"), [([], []), (["x"], [None]), (["x"] * 9, ["x"] * 9)])
def test_what_chance_cannot_disagree_on_has_no_coefficient(a: list[Any], b: list[Any]) -> None:
    found = pair_agreement(a, b)
    assert found.kappa == found.ac1 == found.alpha == (None, None, None)


@pytest.mark.parametrize("values", [[[1, 2, 3]], [[1, nan], [nan, 2]], [[4, 4, 4], [4, 4, 4]], [[], []]])
@pytest.mark.parametrize("level", LEVELS)
def test_alpha_of_one_rater_or_one_value_is_none(values: Any, level: Level) -> None:
    assert alpha_agreement(values, level) == (None, None, None)


def test_full_agreement_is_no_certainty() -> None:
    found = pair_agreement(["x", "y"] * 15, ["x", "y"] * 15)
    assert found.kappa.value == found.kappa.high == 1
    # Wilson 1927: none of 30 differ, at most 3.84 / 33.84 do; by chance half would.
    assert found.kappa.low == pytest.approx(1 - 2 * 0.11351, abs=1e-4)
    assert found.agreement.low == pytest.approx(1 - 0.11351, abs=1e-5)


def test_one_item_has_a_share_and_no_interval() -> None:
    assert pair_agreement(["x"], ["x"]).agreement == (1.0, None, None)


def test_items_in_groups_say_less_than_as_many_alone() -> None:
    a, b = two_raters(4, n=40)
    groups = np.repeat(np.arange(40), 3)
    alone, grouped = pair_agreement(a, b), pair_agreement(np.repeat(a, 3), np.repeat(b, 3), groups=groups)
    assert (grouped.n, grouped.n_groups) == (120, 40)
    for name in ("agreement", "kappa", "ac1"):
        one, three = getattr(alone, name), getattr(grouped, name)
        assert three.value == pytest.approx(one.value)
        assert three.high - three.low == pytest.approx(one.high - one.low, rel=0.02)


def test_weights_undo_a_draw_that_was_not_even() -> None:
    a, b = two_raters(5, n=400, n_labels=2)
    chances = np.where(a == b, 0.3, 1.0)
    kept = np.random.default_rng(5).random(400) < chances
    weighed = pair_agreement(a[kept], b[kept], item_weights=1 / chances[kept])
    everywhere, unweighed = number(cohen_kappa(a, b)), number(cohen_kappa(a[kept], b[kept]))
    assert number(weighed.kappa.low) < everywhere < number(weighed.kappa.high)
    assert unweighed < number(weighed.kappa.low)


def test_intervals_of_thirty_items_hold_in_about_95_percent() -> None:
    joint = np.array(
        [0.7 * 0.85, 0.7 * 0.15, 0.3 * 0.15, 0.3 * 0.85]
    )  # the labels are 70 to 30, P(a = b) .85
    cells = np.repeat(np.arange(4), np.rint(joint * 200_000).astype(int))
    whole = pair_agreement(cells // 2, cells % 2)
    rng = np.random.default_rng(7)
    n_held = dict.fromkeys(("agreement", "kappa", "ac1", "alpha"), 0)
    for _ in range(200):
        drawn = rng.choice(4, size=30, p=joint)
        found = pair_agreement(drawn // 2, drawn % 2)
        for measure in n_held:
            _, low, high = getattr(found, measure)
            n_held[measure] += low <= getattr(whole, measure).value <= high
    assert all(0.91 <= n / 200 <= 0.99 for n in n_held.values())


def test_the_constant_guesser_agrees_often_and_knows_nothing() -> None:
    label, figures = constant_guesser(["no"] * 9 + ["yes"] + [None])
    assert label == "no"
    assert figures.agreement.value == pytest.approx(0.9)
    assert figures.kappa.value == 0
    assert constant_guesser([]).label is None


def test_brier_and_bins_equal_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    p = rng.random(200)
    came = (rng.random(200) < p).astype(float)
    found = brier(p, came)
    assert found.value == pytest.approx(brier_score_loss(came, p), abs=1e-12)
    assert number(found.low) < 1 / 6 < number(found.high)
    bins = reliability(p, came)
    shares, means = calibration_curve(came, p, n_bins=10)
    assert [each.share.value for each in bins] == pytest.approx(shares.tolist(), abs=1e-12)
    assert [each.probability for each in bins] == pytest.approx(means.tolist(), abs=1e-12)
    assert sum(each.n for each in bins) == 200


def test_a_certain_forecast_stands_in_the_last_bin() -> None:
    (only,) = reliability([1.0, 1.0], [1, 1], n_bins=4)
    assert (only.low, only.high, only.n, only.share.value) == (0.75, 1.0, 2, 1.0)


def test_nothing_has_no_brier_score_and_no_bins() -> None:
    assert brier([], []) == (None, None, None)
    assert reliability([], []) == ()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cohen_kappa(["x"], []), "one rater has 1 labels, the other 0"),
        (lambda: cohen_kappa(["z"], ["x"], labels=["x", "y"]), "label 'z' is none of 'x', 'y'"),
        (lambda: cohen_kappa(["x"], ["x"], item_weights=[0.0]), "must be positive"),
        (lambda: pair_agreement(["x"], ["x"], groups=[]), "0 groups for 1 items"),
        (lambda: krippendorff_alpha([1, 2, 3]), r"of shape \(raters, items\)"),
        (lambda: brier([1.5], [1]), "must lie in 0..1"),
        (lambda: brier([0.5], [2]), "must be 0 or 1"),
        (lambda: brier([0.5], []), "one probability and one outcome"),
    ],
)
def test_bad_input_is_named(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()

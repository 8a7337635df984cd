"""Prediction-powered means: the package of its authors, the textbook's variance, and few labels."""

from __future__ import annotations

import json
from dataclasses import replace
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from evalkit.metrics.metric import Floats
from evalkit.stats.groups import group_error
from evalkit.stats.ppi import Labelled, corrected_mean, prediction_powered_mean
from evalkit.stats.ppi_intervals import UNSEEN, CorrectedChange, CorrectedLevel, CorrectedShare
from evalkit.stats.sides import NOTHING
from evalkit.stats.student import t_quantile

GOLDEN = json.loads((Path(__file__).resolve().parents[2] / "golden/ppi_python.json").read_text("utf-8"))
EXAMPLES = {each["name"]: each for each in GOLDEN["examples"]}


def _known(judged: Floats, labels: Floats, weights: Floats | None = None) -> Labelled:
    n = len(judged)
    given = np.append(labels, np.full(n - len(labels), np.nan))
    return Labelled(judged, given, np.zeros(n, dtype=np.bool_), np.ones(n) if weights is None else weights)


def _binary(seed: int, n: int, share: float = 0.7, error: float = 0.1) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    truth = (rng.random(n) < share).astype(float)
    return truth, np.where(rng.random(n) < error, 1 - truth, truth)


@pytest.mark.parametrize("found", GOLDEN["found"], ids=lambda each: f"{each['name']} {each['power']}")
def test_estimate_and_interval_are_those_of_ppi_python(found: dict[str, float | str | None]) -> None:
    example = EXAMPLES[str(found["name"])]
    weights = [np.array(example[name]) if name in example else None for name in ("weights", "other_weights")]
    mean = prediction_powered_mean(
        *(np.array(example[name]) for name in ("labels", "judged", "others")),
        power=found["power"],  # type: ignore[arg-type]
        weights=weights[0],
        other_weights=weights[1],
    )
    low, high = mean.interval(GOLDEN["alpha"])
    assert [mean.value, low, high] == pytest.approx([found["value"], found["low"], found["high"]], abs=1e-6)


def test_labels_on_a_part_of_what_was_judged_give_the_estimate_of_ppi_python() -> None:
    truth, judged = _binary(1, 300)
    found = corrected_mean(_known(judged, truth[:40]))
    assert found is not None
    disjoint = prediction_powered_mean(truth[:40], judged[:40], judged[40:])
    assert found.value == pytest.approx(disjoint.value, abs=1e-12)
    assert found.power * 260 / 300 == pytest.approx(disjoint.power, abs=1e-12)


def test_error_is_that_of_double_sampling() -> None:
    """Cochran 1977, section 12.5: S_e^2 / n + (S_y^2 - S_e^2) / N."""
    rng = np.random.default_rng(2)
    truth = rng.normal(size=40_000)
    judged = truth + rng.normal(size=40_000)
    found = corrected_mean(_known(judged, truth[:4_000]))
    assert found is not None
    assert found.error == pytest.approx(sqrt(0.5 / 4_000 + 0.5 / 40_000), rel=0.03)


def test_with_every_sample_labelled_the_judge_has_no_say() -> None:
    truth, judged = _binary(3, 50)
    found = corrected_mean(_known(judged, truth))
    assert found is not None
    assert (found.value, found.power) == (truth.mean(), 0.0)
    assert found.error == pytest.approx(truth.std(ddof=1) / sqrt(50))


def test_a_bias_of_the_judge_does_not_move_the_estimate() -> None:
    rng = np.random.default_rng(4)
    truth = rng.normal(size=2_000)
    fair, harsh = (corrected_mean(_known(truth + shift, truth[:100])) for shift in (0.0, -3.0))
    assert fair is not None
    assert harsh is not None
    assert harsh.value == pytest.approx(fair.value)
    assert harsh.error == pytest.approx(fair.error)


def test_a_judge_that_never_varies_leaves_the_labels_alone() -> None:
    truth, _ = _binary(5, 200)
    found = corrected_mean(_known(np.ones(200), truth[:60]))
    assert found is not None
    assert (found.value, found.power) == (pytest.approx(truth[:60].mean()), 0.0)


def test_groups_have_the_cluster_robust_error() -> None:
    truth = np.repeat(np.random.default_rng(6).random(30), 4)
    groups = np.repeat(np.arange(30), 4)
    known = Labelled(np.zeros(120), truth, np.zeros(120, dtype=np.bool_), np.ones(120), groups)
    found = corrected_mean(known)
    assert found is not None
    assert found.error == pytest.approx(group_error(truth, groups).error)
    assert found.n_effective == pytest.approx(30)


def test_unequal_chances_to_be_drawn_are_evened_out() -> None:
    """Half of the samples, all wrong, were three times as likely to be labelled."""
    truth = np.repeat([0.0, 1.0], [300, 100])
    weights = np.repeat([1.0, 3.0], [300, 100])
    judged = np.zeros(4_000)
    found = corrected_mean(_known(judged, truth, np.append(weights, np.ones(3_600))))
    assert found is not None
    assert found.value == pytest.approx(0.5)


def test_what_was_picked_counts_for_itself_alone() -> None:
    """100 samples were picked and are all wrong; of the 900 others 90 were drawn, and are all right."""
    labels = np.append(np.repeat([0.0, 1.0], [100, 90]), np.full(810, np.nan))
    picked = np.arange(1_000) < 100
    found = corrected_mean(Labelled(np.zeros(1_000), labels, picked, np.ones(1_000)))
    assert found is not None
    assert found.value == pytest.approx(0.9)


def test_too_few_labels_correct_nothing() -> None:
    truth, judged = _binary(7, 100)
    assert corrected_mean(_known(judged, truth[:9])) is None


def test_share_with_every_sample_labelled_has_wilsons_interval() -> None:
    truth, judged = _binary(8, 400, share=0.9)
    found = corrected_mean(_known(judged, truth))
    assert found is not None
    low, high = CorrectedShare(found).interval(0.05)
    share, n = truth.mean(), 400
    centre, half = (share + 1.9208 / n) / (1 + 3.8416 / n), sqrt(share * (1 - share) / n + 0.9604 / n**2)
    assert [low, high] == pytest.approx([centre - 1.97 * half, centre + 1.97 * half], abs=4e-3)


def test_change_without_any_change_is_no_proof_of_none() -> None:
    found = corrected_mean(_known(np.zeros(300), np.zeros(30)))
    assert found is not None
    change = CorrectedChange(found)
    z2 = t_quantile(0.95, 29) ** 2
    assert change.interval(0.1).low == pytest.approx(-z2 / (30 + z2), rel=0.02)
    assert change.tests == NOTHING


def test_change_is_not_shown_by_fewer_flips_than_an_exact_test_needs() -> None:
    """Four losses and no win: McNemar's exact test has p = 1/16, the score test 0.023."""
    labels = np.append(-np.ones(4), np.zeros(96))
    found = corrected_mean(_known(np.zeros(1_000), labels))
    assert found is not None
    assert CorrectedChange(found).tests.worse == pytest.approx(1 / 16)


def test_level_has_a_width_where_judge_and_people_agree_throughout() -> None:
    truth = np.linspace(0.2, 0.8, 300)
    order = np.random.default_rng(9).permutation(300)
    found = corrected_mean(_known(truth[order], truth[order][:30]))
    assert found is not None
    level = CorrectedLevel(replace(found, moves=np.zeros(30)), 0.0, 1.0)
    assert level.interval(0.05).low < found.value - 2 * found.error


def test_a_perfect_judge_leaves_the_error_that_was_not_seen() -> None:
    truth, _ = _binary(10, 5_000)
    found = corrected_mean(_known(truth, truth[:50]))
    assert found is not None
    assert CorrectedShare(found).error > sqrt(UNSEEN) / 50


@pytest.mark.parametrize("n", [30, 100])
def test_interval_of_a_share_holds_the_truth_where_a_normal_one_does_not(n: int) -> None:
    """A share of 0.05 and a judge that says yes to half of what is wrong; the long proof is part ``ppi``."""
    n_held = n_normal = 0
    for seed in range(300):
        rng = np.random.default_rng([n, seed])
        truth = (rng.random(10 * n) < 0.05).astype(float)
        judged = np.where(rng.random(10 * n) < 0.5, 1.0, truth)
        found = corrected_mean(_known(judged, truth[:n]))
        assert found is not None
        low, high = CorrectedShare(found).interval(0.05)
        n_held += low <= 0.05 <= high
        low, high = prediction_powered_mean(truth[:n], judged[:n], judged[n:]).interval(0.05)
        n_normal += low <= 0.05 <= high
    assert n_held > 0.92 * 300
    assert n_normal < (0.85 if n == 30 else 0.93) * 300

"""Pearson and Spearman are scipy's."""

from __future__ import annotations

import json
import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evalkit.core.score import Score
from evalkit.errors import MetricError
from tests.shared_data import shared_data
from tests.unit.metrics.observing import answered, metric, scored, value_of

REFERENCES = {"pearson": stats.pearsonr, "spearman": stats.spearmanr}
GRADES = st.sampled_from([0, 0.5, 1, 2.25, 3, 5])


def correlation(name: str, x: list[float], y: list[float]) -> float:
    return value_of(name, answered(y, [repr(float(value)) for value in x], scorer="numeric"))


@pytest.mark.parametrize("name", REFERENCES)
@pytest.mark.parametrize("case", ["stsb_like_1500", "reg_small_ties", "constant_pred"])
def test_values_on_graded_sets_are_those_of_scipy(name: str, case: str) -> None:
    stored = json.loads(shared_data("reference", "glue.json").read_text())[case]
    expected = float(stored[name])
    assert correlation(name, stored["preds"], stored["labels"]) == pytest.approx(
        expected, abs=1e-12, nan_ok=True
    )


@pytest.mark.parametrize("name", REFERENCES)
@given(st.lists(st.tuples(GRADES, GRADES), min_size=2, max_size=30))
def test_values_are_those_of_scipy_with_ties_and_constants(
    name: str, pairs: list[tuple[float, float]]
) -> None:
    x, y = map(list, zip(*pairs, strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = REFERENCES[name](x, y)[0]
    assert correlation(name, x, y) == pytest.approx(expected, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("offset, scale", [(1e9, 1.0), (0.0, 1e-200), (0.0, 1e200), (1e6, 1e-3)])
def test_pearson_is_stable_far_from_zero_and_at_extreme_scales(offset: float, scale: float) -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=500)
    y = x + rng.normal(size=500)
    far = (offset + scale * x).tolist()
    centred = np.array(far) - np.mean(far)
    expected = np.corrcoef(centred / np.abs(centred).max(), y)[0, 1]
    assert correlation("pearson", far, y.tolist()) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", REFERENCES)
def test_resampled_values_are_those_of_the_resample(name: str) -> None:
    rng = np.random.default_rng(5)
    x = rng.integers(0, 6, 120).astype(float)
    y = np.clip(x + rng.integers(-2, 3, 120), 0, 5)
    opened = metric(name)
    rows = opened.table(answered(y.tolist(), list(map(repr, x.tolist())), scorer="numeric")).rows
    picks = rng.integers(0, 120, (25, 120))
    weights = np.stack([np.bincount(pick, minlength=120) for pick in picks]).astype(float)
    expected = [REFERENCES[name](x[pick], y[pick])[0] for pick in picks]
    np.testing.assert_allclose(opened.aggregate(rows, weights), expected, atol=1e-12)


@pytest.mark.parametrize("name", REFERENCES)
def test_a_constant_side_has_no_correlation_even_where_its_mean_is_rounded(name: str) -> None:
    assert math.isnan(correlation(name, [0.1] * 7, [1, 2, 3, 4, 5, 6, 7]))
    assert math.isnan(correlation(name, [3.0], [3]))


@pytest.mark.parametrize("name", REFERENCES)
def test_a_resample_without_spread_has_no_correlation(name: str) -> None:
    opened = metric(name)
    rows = opened.table(answered([1, 2, 3], ["0.3", "0.1", "0.2"], scorer="numeric")).rows
    weights = np.array([[0.0, 3.0, 0.0], [0.0, 0.0, 0.0]])
    assert np.isnan(opened.aggregate(rows, weights)).all()


@pytest.mark.parametrize("name", REFERENCES)
def test_an_answer_that_is_no_number_counts_as_failed(name: str) -> None:
    answers = ["1", None, "three", "nan", "inf", "2"]
    scores = [Score("numeric", 0.0, answer) for answer in answers]
    table = metric(name).table(scored(scores, targets=[1, 2, 3, 4, 5, 6]))
    assert (table.sample_ids, table.n_failed) == (("s0", "s5"), 4)


@pytest.mark.parametrize("target", ["high", None, True])
def test_a_target_that_is_no_number_is_an_error(target: object) -> None:
    with pytest.raises(MetricError, match="sample 's0' is not a number"):
        value_of("spearman", scored([Score("numeric", 0.0, "1")], targets=[target]))

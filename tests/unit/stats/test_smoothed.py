"""Draws of confusion tables with weight in their empty cells, against the distributions they are of."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evalkit.metrics.metric import Floats
from evalkit.stats.bootstrap import SampleRows
from evalkit.stats.smoothed import MAX_CELLS, Cells, smoothed_draws

#: Rows (is right, is wrong) of two targets and two answers.
TABLE = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]]], dtype=np.float64)


def share(rows: Floats, weights: Floats | None = None) -> Floats:
    sums = np.ones((1, len(rows))) @ rows if weights is None else weights @ rows
    found: Floats = sums[:, 0] / sums.sum(axis=1)
    return found


def side(n_right: int, n: int, repeats: int = 1) -> SampleRows:
    rows = np.zeros((n, 2))
    rows[:n_right, 0], rows[n_right:, 1] = 1, 1
    return SampleRows(np.repeat(rows, repeats, axis=0), np.repeat(np.arange(n), repeats))


def cells(n_sides: int) -> list[Floats]:
    found = Cells(TABLE).of(n_sides)
    assert found is not None
    return found


@pytest.mark.parametrize("n_right, n", [(0, 10), (3, 10), (400, 500)])
def test_a_share_is_drawn_from_the_posterior_of_its_counts(n_right: int, n: int) -> None:
    drawn = smoothed_draws(share, [side(n_right, n)], cells(1), n, n_draws=4_000)[0]
    # Two of the four cells are right, a half of a sample each.
    assert stats.kstest(drawn, stats.beta(n_right + 1, n - n_right + 1).cdf).pvalue > 0.001


def test_answers_to_one_sample_count_once() -> None:
    drawn = smoothed_draws(share, [side(3, 10, repeats=4)], cells(1), 10, n_draws=4_000)[0]
    assert stats.kstest(drawn, stats.beta(4, 8).cdf).pvalue > 0.001


def test_both_sides_see_one_draw() -> None:
    same = smoothed_draws(share, [side(3, 10), side(3, 10)], cells(2), 10)
    difference = same[1] - same[0]
    # Only the weight of cells where the sides differ, one of two samples' worth, is between them.
    assert abs(difference.mean()) < 0.01
    assert difference.std() < np.sqrt(2) * same[0].std()


def test_a_pair_has_every_answer_of_one_side_beside_any_of_the_other() -> None:
    before, after = cells(2)
    assert sorted(zip(before[:, 0], after[:, 0], strict=True)) == [
        (0, 0), (0, 0), (0, 1), (0, 1), (1, 0), (1, 0), (1, 1), (1, 1),
    ]  # fmt: skip


def test_a_table_of_many_classes_is_left_to_the_bootstrap() -> None:
    n = int(MAX_CELLS**0.5) + 1
    assert Cells(np.zeros((n, n, 1))).of(1) is None

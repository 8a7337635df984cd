"""A baseline that is better than its subject mostly is."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
import pytest

from evalkit.gates.deciding.luck import Luck, luck_of


class Seen(NamedTuple):
    n: int
    mean: float
    squares: float


def seen(values: list[float]) -> Seen:
    return Seen(len(values), float(np.mean(values)), float(np.var(values)) * len(values))


def luck(rows: list[list[float]], sign: float = 1.0) -> Luck | None:
    """Each row: a sample's answers, the baseline's first."""
    baseline = {str(i): (row[0], 1) for i, row in enumerate(rows)}
    return luck_of(baseline, {str(i): seen(row) for i, row in enumerate(rows)}, len(rows[0]), sign=sign)


def test_its_p_value_is_near_that_of_all_orders() -> None:
    """Ten samples with two answers: each of 1,024 ways to deal them is as likely."""
    pairs = [[1.0, 0.0]] * 8 + [[0.0, 1.0]] * 2
    sums = np.array([sum(each) for each in product((0, 1), repeat=10)])
    exact = np.mean(sums >= 8), np.mean(sums >= 9)  # the normal tail has no correction for steps
    found = luck(pairs)
    assert found is not None
    assert exact[1] < found.p_value < exact[0]


def test_the_variance_is_that_of_draws_without_replacement() -> None:
    rng = np.random.default_rng(0)
    rows = rng.random((40, 5))
    orders = rng.permuted(np.broadcast_to(rows, (4_000, *rows.shape)), axis=2)
    drawn = orders[:, :, :2].mean(axis=(1, 2))
    baseline = {str(i): (float(row[:2].mean()), 2) for i, row in enumerate(rows)}
    found = luck_of(baseline, {str(i): seen(row.tolist()) for i, row in enumerate(rows)}, 5, sign=1.0)
    assert found is not None
    share = float(np.mean(drawn >= found.value))
    assert found.p_value == pytest.approx(share, abs=0.03)


def test_luck_is_told_with_its_rarity_and_what_to_do() -> None:
    found = luck([[1.0, 0.0, 0.0]] * 9 + [[1.0, 1.0, 1.0]] * 30)
    assert found is not None
    assert found.sentence.startswith("The baseline was lucky: 1.000, where it has 0.846 over 3 runs; ")
    assert "1 time in " in found.sentence
    assert "evalkit baseline set NAME RUN RUN" in found.sentence


def test_an_ordinary_or_unlucky_baseline_is_not_spoken_of() -> None:
    ordinary, unlucky = luck([[1.0, 0.0], [0.0, 1.0]] * 10), luck([[0.0, 1.0]] * 20)
    assert ordinary is not None
    assert unlucky is not None
    assert ordinary.sentence == unlucky.sentence == ""


def test_where_lower_is_better_a_low_mean_is_luck() -> None:
    found = luck([[0.0, 1.0]] * 20, sign=-1.0)
    assert found is not None
    assert found.sentence


def test_answers_that_hardly_vary_tell_nothing() -> None:
    assert luck([[1.0, 0.0]] * 7 + [[1.0, 1.0]] * 100) is None

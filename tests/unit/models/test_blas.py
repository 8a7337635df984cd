"""numpy's multiplication: whose threads, and where a column's bits stand alone."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from evalkit.models.embedded import blas
from evalkit.models.embedded.blas import OneThreadEach, steady_margin


def matrix() -> Any:
    return np.random.default_rng(3).normal(size=(72, 576)).astype(np.float32)


class Unsteady:
    """A multiplication whose outermost ``n_ends`` columns come out otherwise."""

    shape = (70, 576)

    def __init__(self, n_ends: int) -> None:
        self._n_ends = n_ends

    def __matmul__(self, columns: Any) -> Any:
        values = np.ones((70, columns.shape[1]), np.float32)
        values[:, : self._n_ends] += 1
        values[:, values.shape[1] - self._n_ends :] += 1
        return values


@pytest.mark.parametrize(("n_ends", "margin"), [(0, 0), (3, 8), (8, 8), (9, 16), (17, None)])
def test_the_margin_covers_the_ends_that_round_otherwise(n_ends: int, margin: int | None) -> None:
    assert steady_margin([cast(Any, Unsteady(n_ends))], (48, 96)) == margin


def test_a_column_inside_the_margin_has_the_same_bits_anywhere() -> None:
    """On every BLAS that we know; one that rounds by shape has no margin: requests are read one by one."""
    column = np.random.default_rng(5).normal(size=(576, 1)).astype(np.float32)
    blas.one_thread_each.enter()
    try:
        margin = steady_margin([matrix()], (48, 96))
        assert margin is not None
        values = [(matrix() @ np.tile(column, n))[:, margin : n - margin] for n in (48, 96)]
    finally:
        blas.one_thread_each.leave()
    assert all((value == values[0][:, :1]).all() for value in values)


def test_the_count_of_threads_is_put_back_after_the_last_user(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = [4]
    monkeypatch.setattr(blas, "_thread_functions", lambda: (lambda: counts[-1], counts.append))
    each = OneThreadEach()
    each.enter()
    each.enter()
    each.leave()
    assert counts == [4, 1]
    each.leave()
    assert counts == [4, 1, 4]


def test_a_blas_without_a_known_switch_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blas, "_thread_functions", lambda: None)
    each = OneThreadEach()
    each.enter()
    each.leave()

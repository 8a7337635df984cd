"""Fisher's exact test agrees with scipy's."""

from __future__ import annotations

import pytest
from scipy.stats import fisher_exact

from evalkit.stats.fisher import fisher_greater


@pytest.mark.parametrize(
    ("n_hits", "n", "n_hits_before", "n_before"),
    [
        (1, 1, 0, 20),
        (2, 3, 0, 20),
        (4, 4, 1, 30),
        (1, 3, 9, 10),
        (3, 4, 0, 0),
        (0, 4, 2, 5),
        (4, 4, 200, 9_000),
    ],
)
def test_the_p_value_is_that_of_scipy(n_hits: int, n: int, n_hits_before: int, n_before: int) -> None:
    table = [[n_hits, n - n_hits], [n_hits_before, n_before - n_hits_before]]
    expected = fisher_exact(table, alternative="greater").pvalue
    assert fisher_greater(n_hits, n, n_hits_before, n_before) == pytest.approx(expected, rel=1e-9)

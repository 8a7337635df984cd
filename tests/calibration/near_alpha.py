"""Sign flips only where they can matter: near the levels at which something is decided.

A test by permutation takes milliseconds, and most p-values of a simulation lie far from any level. There
Student's tail stands for it, which tells on which side they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from evalkit.comparisons import difference
from evalkit.metrics.metric import Floats
from evalkit.stats.paired import sign_flip_test
from evalkit.stats.sides import Sides
from evalkit.stats.student import t_tail

#: How many times a level the p-value by Student's test is to lie from it, to be far.
_FAR = 5


@contextmanager
def sign_flips_near(least: float, most: float) -> Iterator[None]:
    """While it lasts, differences are tested by permutation where their p-value may lie on either side of a
    level.

    Args:
        least, most: the smallest and the largest one-sided level at which anything is decided.
    """

    def tested(differences: Floats, seed: int = 0) -> Sides:
        error = float(differences.std(ddof=1)) / len(differences) ** 0.5
        t = float(differences.mean()) / error if error > 0 else 0.0
        by_tail = Sides(t_tail(-t, len(differences) - 1), t_tail(t, len(differences) - 1))
        is_near = least / _FAR < min(by_tail) < most * _FAR
        return sign_flip_test(differences, seed) if is_near else by_tail

    with mock.patch.object(difference, "sign_flip_test", tested):
        yield

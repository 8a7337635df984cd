"""What a regression gate could see with and without some samples, by the formulas that the gates use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import sqrt

import numpy as np

from evalkit.comparisons.difference import MIN_CHANGED
from evalkit.core.frozen import frozen
from evalkit.core.run import Evaluation
from evalkit.items.votes import Floats
from evalkit.stats.power import visible_binary_drop, visible_drop

_ALPHA = 0.05


@frozen(slots=True)
class Visible:
    """The smallest drop that is seen with 80 % power.

    Attributes:
        n: paired samples.
        drop: in units of the metric; None where not even the largest one is.
    """

    n: int
    drop: float | None

    @property
    def samples(self) -> float | None:
        """The same in samples, n times ``drop``: what compares datasets of different sizes."""
        return None if self.drop is None else self.n * self.drop


class GatePower:
    """The power of a gate on a mean over samples, as the last comparison had them.

    Args:
        differences: sample id to candidate less baseline in the score.
        alpha: one-sided level of the gate, before it is shared with other gates.
    """

    def __init__(self, differences: Mapping[str, float], alpha: float) -> None:
        self.alpha = alpha
        self._differences = differences
        self._all = _moments(np.array(list(differences.values())))

    def without(self, sample_ids: Iterable[str] = ()) -> Visible | None:
        """What is seen if these samples are not asked; None where no others are left."""
        known = (self._differences.get(each) for each in sample_ids)
        left_out = np.array([each for each in known if each is not None])
        n, n_changed, n_graded, total, squares = (self._all - _moments(left_out)).tolist()
        if n < 1:
            return None
        # As the gates do: few changes say too little of the spread.
        if not n_graded or n_changed < MIN_CHANGED:
            return Visible(int(n), visible_binary_drop(n, int(n_changed), self.alpha))
        sd = sqrt(max(squares - total * total / n, 0.0) / (n - 1))
        return Visible(int(n), visible_drop(sd, n, self.alpha))


def _moments(differences: Floats) -> Floats:
    """Their number, those that are not 0, those that are no whole flips, their sum and their squares' sum."""
    sizes = np.abs(differences)
    counts = len(sizes), np.count_nonzero(sizes), np.count_nonzero((sizes > 0) & (sizes < 1))
    return np.array([*counts, differences.sum(), np.square(differences).sum()], dtype=np.float64)


def gate_alpha(evaluation: Evaluation) -> float:
    """The level of the first gate of the evaluation that compares; 0.05 where it has none."""
    gates = () if evaluation.rules is None else evaluation.rules.gates
    levels = [gate.values().get("alpha") for gate in gates if gate.is_compared]
    return float(next((level for level in levels if level is not None), _ALPHA))

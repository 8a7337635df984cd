"""What every metric offers, and the table of per-response statistics that it works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
import numpy.typing as npt

from evalkit.core.observations import Observations

Floats = npt.NDArray[np.float64]

#: ``binary``: mean of 0/1 values. ``graded``: mean of values. ``corpus``: a function of the whole set.
#: ``quantile``: a quantile of values. ``total``: a sum, exact, without interval.
Kind = Literal["binary", "graded", "corpus", "quantile", "total"]


@dataclass(frozen=True)
class Table:
    """Per-response statistics of one evaluation.

    Attributes:
        rows: float64 of shape (n, k): n responses that count, k statistics each.
        sample_ids: length n, the Sample of each row (repeats of a Sample share it).
        n_failed: responses that do not count because the call or the scorer failed, or the Sample has
            nothing to compare with.
        first_failure: what the metric itself found wrong first, where neither call nor scorer failed.
        n_responses: responses behind the rows, where a row stands for several; None for one each.
        is_by_group: whether ``sample_ids`` are groups of Samples, each row standing for a whole group.
    """

    rows: Floats
    sample_ids: tuple[str, ...]
    n_failed: int
    first_failure: str | None = None
    n_responses: int | None = None
    is_by_group: bool = False

    @property
    def n_counted(self) -> int:
        """Responses that the metric is computed from."""
        return len(self.rows) if self.n_responses is None else self.n_responses


class Metric(Protocol):
    """Scores or texts -> one number. The constructor takes the task file's parameters as keyword
    arguments and raises TaskError on a wrong one. Instances are immutable and stateless.

    Attributes:
        name: the registry name.
        kind: which interval and which paired test fit it.
        is_higher_better: the direction.
        bounds: lowest and highest possible value (``math.inf`` where open).
        scorers: scorer names it can read, the best first; empty when it reads Responses alone. Metrics over
            a kind of value (``ScoreMetric.reads``) read other scorers of that kind too. The one that the
            task names is used; a task that names none gets ``default_scorer``.

    A class may also name ``companions``: metrics with the same parameters that are estimated and stored with
    it. A metric of a confusion table may have ``cells``, ``rows (n, k) -> (targets, answers, k)``: the row
    that a response of each target and each answer would have, so that intervals count cells that are empty.
    """

    name: ClassVar[str]

    @property
    def kind(self) -> Kind: ...

    @property
    def is_higher_better(self) -> bool: ...

    @property
    def bounds(self) -> tuple[float, float]: ...

    @property
    def scorers(self) -> tuple[str, ...]: ...

    def default_scorer(self, *, has_choices: bool) -> tuple[str, dict[str, Any]] | None:
        """Scorer name and parameters that the metric implies, None when it needs none."""
        ...

    def table(self, observations: Observations) -> Table:
        """Per-response statistics. Raises MetricError when the metric cannot read what is there."""
        ...

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """The metric over weighted rows, vectorised over resamples.

        Args:
            rows: (n, k) as in ``Table.rows``.
            weights: (b, n) how often each row counts, or None for once each (b = 1).

        Returns:
            (b,) values; NaN where the metric is not defined (no rows, no variance).
        """
        ...

    def signature(self, observations: Observations) -> str:
        """``accuracy|scorer:exact_match(…)|v1``: everything that changes the number."""
        ...

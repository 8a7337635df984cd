"""What the built-in metrics share: which responses count, sums over weighted rows, signatures.

A new metric that is a mean is a class with a name and a docstring::

    @dataclass(frozen=True)
    class SquadF1(MeanMetric):
        \"\"\"Mean word F1 in 0..1.\"\"\"

        name = "squad_f1"
        scorers = ("squad",)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from evalkit.core.columns import column_of, taken
from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations
from evalkit.core.parameters import fit_parameters, parameters_text
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.errors import MetricError, UndefinedError
from evalkit.metrics.metric import Floats, Kind, OfResponses, Reads, ReviewsRead, Role, Table, Unit, Weighing
from evalkit.metrics.reading import (
    base_names,
    can_read,
    is_thinking_kept,
    parted,
    scores_of,
    signature_of,
)

#: Elements of the largest array that one step over resamples may build.
_CHUNK = 4_000_000
#: Columns of rows that may be copied without a thought.
_FEW = 2


class BaseMetric:
    """Base of every metric: everything that the engine reads, with defaults.

    Subclass it with ``@dataclass(frozen=True)``, set ``name``, and write ``table`` and ``aggregate``. Its
    fields are the parameters that task files may set. See ``Metric`` for what each attribute means.

    Attributes:
        version: to be raised when the same parameters give numbers other than before.
    """

    name: ClassVar[str]
    kind: Kind = "graded"
    unit: Unit = "share"
    role: Role = "quality"
    is_higher_better: bool = True
    bounds: tuple[float, float] = (0.0, 1.0)
    scorers: tuple[str, ...] = ()
    scorer: str | None = None
    reads: ClassVar[Reads | None] = None
    main: ClassVar[str | None] = None
    variant: ClassVar[str | None] = None
    companions: ClassVar[tuple[str, ...]] = ()
    quantile: float | None = None
    reads_reviews: ClassVar[ReviewsRead | None] = None
    reads_texts: ClassVar[bool] = False
    counts_failures: ClassVar[bool] = False
    has_sample_value: ClassVar[bool] = False
    has_cells: ClassVar[bool] = False
    has_expansion: ClassVar[bool] = False
    brief: ClassVar[str] = ""
    of_responses: ClassVar[OfResponses | None] = None
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        fit_parameters("metric", self)

    def default_scorer(self, *, has_choices: bool) -> tuple[str, dict[str, Any]] | None:
        """None: the metric reads only Responses."""
        return None

    def readable(self, scorers: Mapping[str, str]) -> list[str]:
        """Which of a task's scores the metric can read, the likeliest first; none if it reads Responses.

        Args:
            scorers: name of the scores -> registry name of their scorer, in the order of the task.
        """
        if self.scorer is not None:
            return [self.scorer] if parted(self.scorer, scorers)[0] in scorers else []
        listed = [name for name, base in scorers.items() if base in self.scorers]
        values = [parted(each, {}) for each in self.scorers]
        listed += [
            f"{name}.{value}"
            for name, base in scorers.items()
            for scorer, value in values
            if value is not None and scorer == base
        ]
        if self.reads is None:
            return listed
        return listed + [
            name for name, base in scorers.items() if name not in listed and can_read(self.reads, base)
        ]

    def table(self, observations: Observations) -> Table:
        """Per-response statistics. Raises MetricError if the metric cannot read what is there."""
        raise NotImplementedError

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """The metric over (n, k) rows with (b, n) weights: (b,) values, NaN where it is undefined."""
        raise NotImplementedError

    def for_one_sample(self) -> Self:
        """Itself."""
        return self

    def cells(self, rows: Floats) -> Floats:
        """See ``Metric``; only where ``has_cells``."""
        raise NotImplementedError

    def expansion(self, rows: Floats) -> tuple[Weighing, Weighing]:
        """See ``Metric``; only where ``has_expansion``."""
        raise NotImplementedError

    def signature(self, observations: Observations) -> str:
        """Name, parameters, scorer and version, separated by bars."""
        return "|".join([self.name, *self._signature_parts(observations), f"v{self.version}"])

    def _signature_parts(self, observations: Observations) -> list[str]:
        return parameters_text(self, ":")


@frozen
class ScoreMetric(BaseMetric):
    """Base of metrics over the Scores of one scorer.

    Responses with an error, from the model or the scorer, are counted in ``n_failed`` and change nothing
    else.

    Args:
        scorer: what the scores to read are called; by default those of the one scorer of the task that the
            metric can read.
    """

    scorer: str | None = None

    variant: ClassVar[str | None] = "scorer"
    #: The scorer of a task with choices and of one without, when the task names none.
    default_scorers: ClassVar[tuple[str, str]] = ("choice", "exact_match")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.scorer is not None:
            object.__setattr__(self, "scorers", (self.scorer,))

    def default_scorer(self, *, has_choices: bool) -> tuple[str, dict[str, Any]] | None:
        """The scorer that the metric implies, without parameters."""
        defaults = self.default_scorers
        return self.scorer or defaults[0 if has_choices else 1], {}

    def table(self, observations: Observations) -> Table:
        """Statistics of the responses that were scored. Raises MetricError when no scorer fits."""
        scores = scores_of(observations, self._source(observations))
        columns = (
            column_of(observations.responses, "error"),
            column_of(scores, "error"),
            column_of(scores, "value"),
        )
        kept = [
            i
            for i, (failure, error, value) in enumerate(zip(*columns, strict=True))
            if failure is None and error is None and value is not None
        ]
        return self._table(observations, kept, taken(scores, kept))

    def _table(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Table:
        return table_of(observations, kept, self._rows(observations, kept, scores))

    def _rows(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Floats:
        raise NotImplementedError

    def _source(self, observations: Observations) -> str:
        """The scores to read: of several, the first in the order of the task."""
        readable = self.readable(base_names(observations))
        if readable:
            return readable[0]
        raise MetricError(
            f"metric {self.name!r} finds no scores that it can read",
            hint="it reads the scorers " + ", ".join(self.scorers),
        )

    def _signature_parts(self, observations: Observations) -> list[str]:
        parts = [text for text in parameters_text(self, ":") if not text.startswith("scorer:")]
        source = self._source(observations)
        thinking = ["thinking:kept"] if is_thinking_kept(observations) else []
        return [*parts, f"scorer:{signature_of(observations, source)}", *thinking]


@frozen
class MeanMetric(ScoreMetric):
    """Base of metrics that are the mean of a scorer's values. NaN where nothing was scored."""

    def _rows(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Floats:
        return column(column_of(scores, "value"))

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted mean of the first column."""
        return weighted_mean(rows, weights)

    def default_scorer(self, *, has_choices: bool) -> tuple[str, dict[str, Any]] | None:
        """The first scorer that the metric can read."""
        return self.scorers[0], {}


@frozen
class ResponseMetric(BaseMetric):
    """Base of metrics over one number of each Response: give ``what``, and ``field`` or a ``value_of``.

    Failed responses are counted in ``n_failed``, those that do not carry the number are passed over.
    """

    #: What the number is called when no response carries it.
    what: ClassVar[str]
    #: The field of Response that holds it.
    field: ClassVar[str | None] = None
    #: How responses come to carry it, for the error where none does.
    hint: ClassVar[str | None] = None

    def value_of(self, response: Response) -> float | None:
        """The number, or None where the response does not carry it."""
        if self.field is None:
            raise NotImplementedError
        value: float | None = getattr(response, self.field)
        return value

    def table(self, observations: Observations) -> Table:
        """One column. Raises MetricError when no response carries the number: unknown is not zero."""
        errors = column_of(observations.responses, "error")
        values = self._values(observations.responses)
        kept = [
            i
            for i, (error, value) in enumerate(zip(errors, values, strict=True))
            if error is None and value is not None
        ]
        if not kept:
            raise UndefinedError(f"no response carries {self.what}", hint=self.hint)
        ids = tuple(taken(observations.sample_ids, kept))
        n_failed = len(errors) - errors.count(None)
        return Table(column(taken(values, kept)), ids, n_failed)

    def _values(self, responses: Sequence[Response]) -> Sequence[float | None]:
        if self.field is not None:
            return column_of(responses, self.field)
        return [None if each.error is not None else self.value_of(each) for each in responses]


def table_of(observations: Observations, kept: Sequence[int], rows: Floats) -> Table:
    """The Table of the observations at the indexes ``kept``; all others failed."""
    ids = tuple(taken(observations.sample_ids, kept))
    return Table(rows, ids, len(observations) - len(kept))


def column(values: Sequence[float | None]) -> Floats:
    """(n,) values -> (n, 1)."""
    return np.array(values, dtype=np.float64).reshape(-1, 1)


def weighted_sums(rows: Floats, weights: Floats | None) -> tuple[Floats, Floats]:
    """Sums of each column, (b, k), and of the weights, (b,)."""
    if weights is None:
        return rows.sum(axis=0)[None, :], np.array([float(len(rows))])
    if rows.shape[1] > _FEW:
        return weights @ rows, weights.sum(axis=1)
    # One product of matrices for both: adding up the weights would read them once more, and a product with a
    # single column is slow beside it.
    sums = weights @ np.hstack([rows, np.ones((len(rows), 1))])
    return sums[:, :-1], sums[:, -1]


def weighted_mean(rows: Floats, weights: Floats | None) -> Floats:
    """(b,) means of the first column; NaN where no row counts."""
    sums, total = weighted_sums(rows[:, :1], weights)
    return divided(sums[:, 0], total)


def divided(numerator: Floats, denominator: Floats) -> Floats:
    """Element by element; NaN where the denominator is not positive."""
    is_defined = denominator > 0
    result: Floats = np.where(is_defined, numerator / np.where(is_defined, denominator, 1.0), np.nan)
    return result


def chunked(weights: Floats) -> Iterator[Floats]:
    """The resamples of (b, n) weights in slices whose temporary arrays stay small."""
    step = max(1, _CHUNK // max(1, weights.shape[1]))
    for start in range(0, len(weights), step):
        yield weights[start : start + step]

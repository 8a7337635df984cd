"""What every metric offers, and the table of per-response statistics that it works on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations

Floats = npt.NDArray[np.float64]

#: ``binary``: mean of 0/1 values. ``graded``: mean of values. ``corpus``: a function of the whole set.
#: ``quantile``: a quantile of values. ``total``: a sum, exact, without interval. ``weighted``: a mean of
#: values that stand for unequally many responses: rows of weight times value, and the weight. ``fitted``: a
#: smooth function of all rows together, each of which begins with its weight.
Kind = Literal["binary", "graded", "corpus", "quantile", "total", "weighted", "fitted"]
#: Kinds of a number that is not a mean over the rows' own.
OF_ALL_ROWS = ("corpus", "weighted", "fitted")
#: Unit of a value: ``share`` in 0..1, seconds, US dollars, tokens, tokens per second, calls, or another
#: scale.
Unit = Literal["share", "s", "usd", "tokens", "tokens_per_s", "calls", "none"]
#: What a value describes: how good responses are, or what they took.
Role = Literal["quality", "operation"]
#: ``binary``: values 0 and 1. ``number``: any value. ``answer``: what was taken out of the output.
Reads = Literal["binary", "number", "answer"]
#: Kinds of reviews (``evalkit.core.label``), which a session without people does not load.
ReviewsRead = Literal["pass_fail", "rubric", "pairwise"]
#: (b, n) weights -> (b,) values.
Weighing = Callable[[Floats], Floats]
#: What is taken of a column of stored responses: its mean, the metric's quantile, the mean length of texts,
#: or the share of rows that have a value, or whose text begins with something that a pattern finds.
Taking = Literal["mean", "quantile", "length", "share_set", "share_found"]


class OfResponses(NamedTuple):
    """How a metric is computed from stored responses, so that its history is there without being asked for.

    Attributes:
        column: of the table ``responses``.
        pattern: of ``share_found``, for lower case, in the syntax that ``re`` and RE2 share.
        n_chars: of ``share_found``, how many characters of the text are looked at.
        has_direction: whether a larger value is better or worse; False for what merely describes answers.
    """

    column: str
    taking: Taking
    pattern: str = ""
    n_chars: int = 0
    has_direction: bool = True


@frozen
class Table:
    """Per-response statistics of one evaluation.

    Attributes:
        rows: float64 of shape (n, k): n responses that count, k statistics each.
        sample_ids: length n, the Sample of each row (repeats of a Sample share it).
        n_failed: responses that do not count because the call or the scorer failed, or the Sample has
            nothing to compare with.
        first_failure: the first fault that the metric itself found, if neither call nor scorer failed.
        n_responses: responses behind the rows, if a row stands for several; None for one each.
        is_by_group: whether ``sample_ids`` are groups of Samples and each row stands for a whole group.
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
    """Turns scores or texts into one number, as the engine sees it. Derive from ``BaseMetric``, which has
    everything but ``name``, ``table`` and ``aggregate``.

    A metric is a frozen dataclass of the parameters that task files set, and raises TaskError on a wrong one.
    Instances are immutable and stateless, and may be used from several threads.

    Attributes:
        name: the registry name.
        kind: which interval and which paired test fit it.
        unit: the unit of the number, for reports.
        role: ``quality`` of the responses, or ``operation``: what they took (time, money, failures).
        is_higher_better: whether larger values are better.
        bounds: lowest and highest possible value (``math.inf`` if open).
        scorers: names of the scorers that it can read, the best first; empty if it reads only Responses. The
            one that the task names is used; a task that names none gets ``default_scorer``.
        scorer: the name of the scores to read, if its parameters give one; else None.
        reads: what it reads of a Score, from any scorer that gives it; None if it reads only ``scorers``.
        main: the parameter that a bare value in the task file stands for (``mean: judge``), or None.
        variant: the parameter after the colon in a name (``mean:judge``), or None.
        companions: metrics with the same parameters that are estimated and stored with it.
        quantile: which quantile in 0..1 it is, for kind ``quantile``; else None.
        reads_reviews: the kind of reviews that it reads, which come after the responses and only for some;
            None if it reads none.
        reads_texts: whether it reads outputs and targets as texts, which is expensive and so done once.
        counts_failures: whether it counts failed responses, so that none is left out.
        has_sample_value: whether a single sample has a value, so that it can take the place of a scorer.
        has_cells: whether it is a metric of a confusion table and has ``cells``.
        has_expansion: whether it has an ``expansion``.
        brief: its words in a summary line that it shares with other metrics of every evaluation: ``{value}``
            is its value, ``{n:WORD}`` the number of responses, ``{count:WORD}`` value times n. Empty if it
            has a line of its own.
        of_responses: how drift computes it if a task does not ask for it; None if drift does not.
    """

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> Kind: ...

    @property
    def unit(self) -> Unit: ...

    @property
    def role(self) -> Role: ...

    @property
    def is_higher_better(self) -> bool: ...

    @property
    def bounds(self) -> tuple[float, float]: ...

    @property
    def scorers(self) -> tuple[str, ...]: ...

    @property
    def scorer(self) -> str | None: ...

    @property
    def quantile(self) -> float | None: ...

    @property
    def reads(self) -> Reads | None: ...

    @property
    def main(self) -> str | None: ...

    @property
    def variant(self) -> str | None: ...

    @property
    def companions(self) -> tuple[str, ...]: ...

    @property
    def reads_reviews(self) -> ReviewsRead | None: ...

    @property
    def reads_texts(self) -> bool: ...

    @property
    def counts_failures(self) -> bool: ...

    @property
    def has_sample_value(self) -> bool: ...

    @property
    def has_cells(self) -> bool: ...

    @property
    def has_expansion(self) -> bool: ...

    @property
    def brief(self) -> str: ...

    @property
    def of_responses(self) -> OfResponses | None: ...

    def default_scorer(self, *, has_choices: bool) -> tuple[str, dict[str, Any]] | None:
        """Name and parameters of the scorer that the metric implies, None if it needs none."""
        ...

    def readable(self, scorers: Mapping[str, str]) -> list[str]:
        """Which of a task's scores the metric can read, the likeliest first.

        Args:
            scorers: name of the scores -> registry name of their scorer, in the order of the task.
        """
        ...

    def table(self, observations: Observations) -> Table:
        """Per-response statistics. Raises MetricError if the metric cannot read what is there."""
        ...

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """The metric over weighted rows, vectorised over resamples.

        Args:
            rows: (n, k) as in ``Table.rows``.
            weights: (b, n) how often each row counts, or None for once each (b = 1).

        Returns:
            (b,) values; NaN where the metric is undefined (no rows, no variance).
        """
        ...

    def signature(self, observations: Observations) -> str:
        """``accuracy|scorer:exact_match(…)|v1``: everything that changes the number."""
        ...

    def for_one_sample(self) -> Metric:
        """The metric for one sample alone, if ``has_sample_value``."""
        ...

    def cells(self, rows: Floats) -> Floats:
        """If ``has_cells``: (n, k) rows to (targets, answers, k), the row that a response with each target
        and each answer would have, so that intervals count empty cells."""
        ...

    def expansion(self, rows: Floats) -> tuple[Weighing, Weighing]:
        """If ``has_expansion``: weights to values, exactly and to first order, for large sets whose
        ``aggregate`` is slow."""
        ...

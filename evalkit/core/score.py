"""What a Scorer says of one Response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from evalkit.core.frozen import frozen

if TYPE_CHECKING:
    from evalkit.core.judgement import Judgement

#: ``binary``: 0 or 1. ``graded``: may lie between the bounds. ``count``: whole numbers.
ScoreKind = Literal["binary", "graded", "count"]


@frozen(slots=True, quick=True)
class Score:
    """A score, or a failure to score: ``value`` is None exactly when ``error`` is set.

    Attributes:
        scorer: the scorer's registry name, without its parameters (these are in the signature).
        value: finite, usually 0..1, larger is better.
        answer: the answer that was extracted from the output (a label, a number as text), or None.
        explanation: one line for people, or None.
        error: one line that says why there is no value, or None.
        values: for a scorer that gives several numbers, name -> number; ``value`` is the first of them. None
            if ``value`` is the only one. Metrics read them as ``SCORER.NAME``.
        judgements: for a scorer that asks judge Models, what each of them said each time; else None.
    """

    scorer: str
    value: float | None = None
    answer: str | None = None
    explanation: str | None = None
    error: str | None = None
    values: Mapping[str, float] | None = None
    judgements: tuple[Judgement, ...] | None = None


@frozen(slots=True)
class ScoreValue:
    """What a Scorer declares of one of the numbers that it gives.

    Attributes:
        kind: None where it does not say.
        bounds: lowest and highest value (``math.inf`` where open).
        is_higher_better: the direction.
    """

    kind: ScoreKind | None = None
    bounds: tuple[float, float] = (0.0, 1.0)
    is_higher_better: bool = True

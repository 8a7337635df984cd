"""BIG-bench's metrics over extracted text, and the grade of a choice."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from evalkit.metrics.base import MeanMetric
from evalkit.metrics.classification.accuracy import ShareRight


@dataclass(frozen=True)
class ExactStrMatch(ShareRight):
    """Share in 0..1 of outputs whose extracted text is a target to the character; larger is better.

    NaN where nothing was scored. Source: BIG-bench, which prints percent.

    Args:
        scorer: the scorer to read, ``exact_str_match`` by default.
    """

    name = "exact_str_match"
    scorers = ("exact_str_match",)


@dataclass(frozen=True)
class CaseInsensitiveStrMatch(ShareRight):
    """As ``exact_str_match``, case and white space at both ends aside; larger is better.

    Args:
        scorer: the scorer to read, ``case_insensitive_str_match`` by default.
    """

    name = "case_insensitive_str_match"
    scorers = ("case_insensitive_str_match",)


@dataclass(frozen=True)
class NumericMatchWith01RelativeError(ShareRight):
    """Share in 0..1 of outputs that are a number within 10 % of a target; larger is better.

    Args:
        scorer: the scorer to read, ``numeric_match_with_0_1_relative_error`` by default.
    """

    name = "numeric_match_with_0_1_relative_error"
    scorers = ("numeric_match_with_0_1_relative_error",)


@dataclass(frozen=True)
class SequenceF1(MeanMetric):
    """Mean share in 0..1 of labels at the same place as in the target; larger is better.

    Args:
        scorer: the scorer to read, ``sequence_f1`` by default.
    """

    name = "sequence_f1"
    scorers = ("sequence_f1",)


@dataclass(frozen=True)
class MultipleChoiceGrade(MeanMetric):
    """Mean target score of the likeliest choices, usually in 0..1; larger is better.

    With one right choice for each sample it is ``accuracy``. NaN where nothing was scored. Source: BIG-bench.

    Args:
        scorer: the scorer to read, ``multiple_choice_grade`` by default.
    """

    name = "multiple_choice_grade"
    bounds = (-inf, inf)
    unit = "none"
    scorers = ("multiple_choice_grade",)

"""``numeric_match_with_0_1_relative_error``: a number within a tenth of the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.scorers.match.exact_str_match import ExactStrMatch

_LARGEST_ERROR = 0.1


@dataclass(frozen=True)
class NumericMatchWith01RelativeError(ExactStrMatch):
    """1 if the extracted text is a number within 10 % of a target (within 0.1 of a target of 0), else 0.

    Texts that are not a number are wrong. Source: the metric of that name in BIG-bench, which divides by the
    target with its sign, so that there every number matches a negative target; here its size counts.

    Args:
        output_regex, stop_string: as for ``exact_str_match``.
    """

    name = "numeric_match_with_0_1_relative_error"

    def _value(self, answer: str, references: Sequence[str]) -> float:
        return float(any(_is_near(answer, reference) for reference in references))


def _is_near(answer: str, reference: str) -> bool:
    try:
        seen, wanted = float(answer), float(reference)
    except ValueError:
        return False
    return abs(seen - wanted) / (abs(wanted) or 1) <= _LARGEST_ERROR

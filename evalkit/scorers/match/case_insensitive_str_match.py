"""``case_insensitive_str_match``: ``exact_str_match`` without regard to case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.scorers.match.exact_str_match import ExactStrMatch


@dataclass(frozen=True)
class CaseInsensitiveStrMatch(ExactStrMatch):
    """As ``exact_str_match``, case and white space at both ends aside.

    Source: ``case_insensitive_str_match`` of BIG-bench.

    Args:
        output_regex, stop_string: as for ``exact_str_match``.
    """

    name = "case_insensitive_str_match"

    def _value(self, answer: str, references: Sequence[str]) -> float:
        return float(answer.strip().lower() in [reference.strip().lower() for reference in references])

"""``sequence_f1``: the share of labels that stand where the target has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.scorers.match.exact_str_match import ExactStrMatch


@dataclass(frozen=True)
class SequenceF1(ExactStrMatch):
    """Share in 0..1 of the target's labels, split at single spaces, that the output has at the same place.

    What is missing counts as the label ``O``, what is too much is passed over; the first target counts.
    Source: ``sequence_f1`` of BIG-bench, an accuracy despite its name, which prints percent.

    Args:
        output_regex, stop_string: as for ``exact_str_match``.
    """

    name = "sequence_f1"
    kind = "graded"
    gives_answer = True

    def _value(self, answer: str, references: Sequence[str]) -> float:
        wanted = references[0].split(" ")
        seen = answer.split(" ")
        seen += ["O"] * (len(wanted) - len(seen))
        return sum(a == b for a, b in zip(seen, wanted, strict=False)) / len(wanted)

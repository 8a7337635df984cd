"""``ifeval_loose``: what ``ifeval`` calls ``loose``, as a scorer of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score, ScoreValue
from evalkit.scorers.instructions.ifeval import Ifeval, score_of, verdicts_of


@dataclass(frozen=True)
class IfevalLoose(Ifeval):
    """As ``ifeval``, taken loosely: an instruction counts as followed when any of eight readings follows it.

    ``ifeval`` gives the same number as its value ``loose``, beside the strict one.
    """

    name = "ifeval_loose"
    values: ClassVar[Mapping[str, ScoreValue]] = {}

    def score(self, sample: Sample, response: Response) -> Score:
        return score_of(self.name, verdicts_of(sample, response, is_loose=True))

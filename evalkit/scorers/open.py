"""From a scorer's name and parameters in a task to the Scorer."""

from __future__ import annotations

from typing import cast

from evalkit.core.parameters import open_plugin
from evalkit.core.task import ScorerSpec
from evalkit.registry import SCORERS
from evalkit.scorers.scorer import Scorer
from evalkit.scorers.settings import ScorerSettings, bound


def open_scorer(spec: ScorerSpec, settings: ScorerSettings | None = None) -> Scorer:
    """The scorer that a task names, with what it needs of the session where ``settings`` has it.

    Raises UnknownNameError on an unknown name, and TaskError on an unknown, missing or wrong parameter;
    both say what is near.
    """
    scorer = cast(Scorer, open_plugin("scorer", spec.name, SCORERS.get(spec.name), spec.params))
    return scorer if settings is None else bound(scorer, settings)

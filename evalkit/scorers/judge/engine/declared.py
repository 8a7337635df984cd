"""What is said of a judge's values before its criteria are known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import inf

from evalkit.core.score import ScoreValue

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]*\Z")


class AnyCriterion(Mapping[str, ScoreValue]):
    """Has a value of every name that a criterion may have: which there are, the task says."""

    def __getitem__(self, name: str) -> ScoreValue:
        if not _NAME.match(name):
            raise KeyError(name)
        return ScoreValue(None, (-inf, inf))

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

"""``flexible_extract``: the last number-like text of the output is the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evalkit.scorers.match.regex import Regex


@dataclass(frozen=True)
class FlexibleExtract(Regex):
    """1 if the last number-like text of the output is a reference, else 0.

    Commas, dollar signs, everything up to ``#### `` and a full stop at the end are removed from both sides
    first, and they are compared as texts: ``18.0`` is not ``18`` (``numeric`` compares the numbers).

    Source: the filter ``flexible-extract`` with the metric ``exact_match`` of the task ``gsm8k`` in
    lm-evaluation-harness. The strict filter of that task is ``regex`` with the task's pattern; this one has
    a name of its own so that both scores can stand in one store.

    Args:
        pattern, group, which, ignore_case, compare, regexes_to_ignore: as for ``regex``.
    """

    name = "flexible_extract"

    pattern: str = r"(-?[$0-9.,]{2,})|(-?[0-9]+)"
    which: Literal["first", "last"] = "last"
    ignore_case: bool = True
    regexes_to_ignore: tuple[str, ...] = (",", r"\$", "(?s).*#### ", r"\.$")

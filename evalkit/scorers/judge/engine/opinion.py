"""What a judge said, read."""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.core.frozen import frozen


@frozen(slots=True)
class Opinion:
    """A verdict in its normal form with its value; see ``Judgement`` for each."""

    verdict: str
    value: float
    reason: str | None = None
    values: Mapping[str, float] | None = None
    probability: float | None = None
